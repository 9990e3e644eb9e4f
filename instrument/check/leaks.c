// leaks.c - see leaks.h.
#include "instrument/check/leaks.h"

#include "core/base/bits.h"
#include "instrument/check/reach.h"
#include "instrument/check/report_leaks.h"
#include "instrument/os/system.h"

#include <string.h>

enum { SITES = 1 << 12 };

// Of one site.
struct leak {
    struct rp_check_found last; // one of its blocks
    uint64_t blocks, bytes;
    uint64_t more_blocks, more_bytes; // which only lost ones lead to
};

struct leaks {
    struct leak sites[SITES]; // by their stacks, open addressing
    unsigned count;
    uint64_t reachable_blocks, reachable_bytes;
};

static struct leak *site_of(struct leaks *leaks, uint32_t stack) {
    unsigned at = (stack * 0x9e3779b9u >> 12) % SITES;

    for (unsigned i = 0; i < SITES; i++) {
        struct leak *leak = &leaks->sites[(at + i) % SITES];
        if (leak->last.block == NULL || leak->last.block->made_by == stack)
            return leak;
    }
    return NULL;
}

static void note(const struct rp_check_span *span,
                 const struct rp_check_block *block, enum rp_reach reach,
                 void *context) {
    struct leaks *leaks = context;
    size_t size = rp_word_size(load_relaxed(&block->word)); // relaxed: a look

    if (reach == RP_REACH_FULLY) {
        leaks->reachable_blocks++;
        leaks->reachable_bytes += size;
        return;
    }
    struct leak *leak = site_of(leaks, block->made_by);
    if (leak == NULL)
        return;
    if (leak->last.block == NULL) {
        uintptr_t start = rp_table_start(span, block);
        leak->last =
            (struct rp_check_found){(struct rp_check_span *)(uintptr_t)span,
                                    (struct rp_check_block *)(uintptr_t)block,
                                    start, start + block->front};
        leaks->count++;
    }
    if (reach == RP_REACH_NOT) {
        leak->blocks++;
        leak->bytes += size;
    } else {
        leak->more_blocks++;
        leak->more_bytes += size;
    }
}

// The largest that was not told yet, or NULL.
static struct leak *largest(struct leaks *leaks) {
    struct leak *found = NULL;

    for (unsigned i = 0; i < SITES; i++) {
        struct leak *leak = &leaks->sites[i];
        if (leak->last.block != NULL && leak->blocks + leak->more_blocks != 0 &&
            (found == NULL ||
             leak->bytes + leak->more_bytes > found->bytes + found->more_bytes))
            found = leak;
    }
    return found;
}

static int tell_all(struct leaks *leaks, const char *call, uint64_t sp,
                    bool is_end) {
    struct leak *leak;

    if (!rp_reach_look(sp, note, leaks)) {
        rp_system_say("leaks were not looked for: the other threads could not "
                      "be stopped");
        return -1;
    }
    for (unsigned i = 0; i < RP_LEAKS_TOLD && (leak = largest(leaks)) != NULL;
         i++) {
        rp_report_leak(call, &leak->last, leak->blocks, leak->bytes,
                       leak->more_blocks, leak->more_bytes);
        leak->blocks = leak->more_blocks = 0;
    }
    rp_report_leaks_end(is_end);
    return (int)leaks->count;
}

int rp_leaks_tell(const char *call, uint64_t sp, bool is_end) {
    static _Atomic(_Bool) is_busy;
    bool before = false;
    int count = -1;

    // acquire [leaks]: all that the last look has left
    if (!cas_strong_acq_rel(&is_busy, &before, true))
        return -1;
    struct leaks *leaks = rp_system_map(sizeof *leaks, RP_MAP_OWN);
    if (leaks != NULL) {
        count = tell_all(leaks, call, sp, is_end);
        rp_system_unmap(leaks, sizeof *leaks);
    }
    store_release(&is_busy, false); // release [leaks]: as above
    return count;
}
