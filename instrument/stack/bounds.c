// bounds.c - see bounds.h.
#include "instrument/stack/bounds.h"

#include "core/os/os.h"
#include "instrument/os/system.h"

#include <string.h>

enum {
    // What is farther from what is known is not looked for.
    FAR = 8 << 20,
    // A thread that is mostly on other stacks does not look for its own one
    // for ever.
    FAILURES_MOST = 4096,
};

void rp_bounds_forget(struct rp_bounds *bounds) {
    memset(bounds, 0, sizeof *bounds);
}

// Makes the known part of the thread's own stack reach down to `start`, at the
// start of a page, if all from there on is mapped.
static bool find_own(struct rp_bounds *bounds, uint64_t start) {
    uint64_t page = rp_os_page_bytes();

    if (!bounds->is_ready) {
        bounds->own_end = rp_system_stack_end();
        bounds->is_ready = true;
    }
    uint64_t high =
        bounds->own_end == 0 ? 0 : round_down(bounds->own_end, page) + page;
    uint64_t known = bounds->own_high != 0 ? bounds->own_low : high;
    if (start >= known || known - start > FAR ||
        bounds->failures >= FAILURES_MOST)
        return false;
    uint64_t bytes = rp_system_readable(start, known);
    if (bytes < known - start) {
        bounds->failures += (uint32_t)(bytes / page) + 1;
        return false;
    }
    bounds->own_low = start;
    bounds->own_high = high;
    return true;
}

bool rp_bounds_find(struct rp_bounds *bounds, uint64_t sp) {
    uint64_t page = rp_os_page_bytes(), start = round_down(sp, page);

    if (sp - bounds->own_low < bounds->own_high - bounds->own_low ||
        find_own(bounds, start)) {
        bounds->low = bounds->own_low;
        bounds->bytes = bounds->own_high - bounds->own_low;
        bounds->high = bounds->own_high;
        return true;
    }
    bounds->low = bounds->bytes = 0;
    bounds->high = start + rp_system_readable(start, start + page);
    return bounds->high > start;
}

bool rp_bounds_extend(struct rp_bounds *bounds, uint64_t end) {
    uint64_t page = rp_os_page_bytes();

    if (bounds->bytes != 0 || end - bounds->high > FAR)
        return false;
    uint64_t wanted = round_up(end, page);
    bounds->high += rp_system_readable(bounds->high, wanted);
    return bounds->high >= end;
}
