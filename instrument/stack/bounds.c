// bounds.c - see bounds.h.
#include "instrument/stack/bounds.h"

#include "core/os/os.h"
#include "instrument/os/system.h"

enum {
    STEP_PAGES = 16,      // asked for at once
    STACK_MOST = 1 << 30, // a frame is not farther than this from the next
};

static void remember(struct rp_bounds *bounds) {
    if (bounds->now.high != 0)
        bounds->others[bounds->next++ % RP_BOUNDS_STACKS] = bounds->now;
}

bool rp_bounds_find(struct rp_bounds *bounds, uint64_t sp) {
    uint64_t page = rp_os_page_bytes();
    uint64_t start = round_down(sp, page);
    struct rp_range *now = &bounds->now;

    // Deeper on the same stack? Only what lies between has to be looked at.
    if (start < now->low && now->low - start <= STEP_PAGES * page &&
        rp_system_readable(start, now->low) == now->low - start) {
        now->low = start;
        return true;
    }
    for (unsigned i = 0; i < RP_BOUNDS_STACKS; i++) {
        struct rp_range *other = &bounds->others[i];
        if (sp - other->low < other->high - other->low) {
            struct rp_range found = *other;
            *other = *now;
            *now = found;
            return true;
        }
    }
    uint64_t bytes = rp_system_readable(start, start + STEP_PAGES * page);
    if (bytes == 0)
        return false;
    remember(bounds);
    *now = (struct rp_range){start, start + bytes};
    return true;
}

bool rp_bounds_extend(struct rp_bounds *bounds, uint64_t end) {
    struct rp_range *now = &bounds->now;
    uint64_t step = STEP_PAGES * rp_os_page_bytes();

    while (now->high < end) {
        if (end - now->high > STACK_MOST)
            return false;
        uint64_t bytes = rp_system_readable(now->high, now->high + step);
        now->high += bytes;
        if (bytes < step)
            break;
    }
    return now->high >= end;
}
