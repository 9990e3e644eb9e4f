// leaks.c - see leaks.h.
#include "instrument/check/leaks.h"

#include "core/base/bits.h"
#include "instrument/check/reach.h"
#include "instrument/check/report_leaks.h"
#include "instrument/options/checking.h"
#include "instrument/os/system.h"

#include <string.h>

enum { SITES = 1 << 12 };

// Of one site.
struct site {
    bool is_used;
    uint32_t stack;
    struct rp_leak leak, kept;
};

struct leaks {
    struct site sites[SITES]; // by their stacks, open addressing
    unsigned count;           // with leaks
    struct rp_leak elsewhere; // leaks of those that have no place here
};

static struct site *site_of(struct leaks *leaks, uint32_t stack) {
    unsigned at = (stack * 0x9e3779b9u >> 12) % SITES;

    for (unsigned i = 0; i < SITES; i++) {
        struct site *site = &leaks->sites[(at + i) % SITES];
        if (!site->is_used)
            *site = (struct site){.is_used = true, .stack = stack};
        if (site->stack == stack)
            return site;
    }
    return NULL;
}

static void note(const struct rp_check_span *span,
                 const struct rp_check_block *block, enum rp_reach reach,
                 void *context) {
    struct leaks *leaks = context;
    size_t size = rp_word_size(load_relaxed(&block->word)); // relaxed: a look
    bool is_kept = reach == RP_REACH_FULLY;

    if (is_kept && !rp_checking_has(RP_CHECK_REACHABLE))
        return;
    struct site *site = site_of(leaks, block->made_by);
    if (site == NULL) {
        leaks->elsewhere.blocks += !is_kept;
        leaks->elsewhere.bytes += is_kept ? 0 : size;
        return;
    }
    struct rp_leak *leak = is_kept ? &site->kept : &site->leak;
    if (leak->one.block == NULL) {
        uintptr_t start = rp_table_start(span, block);
        leak->one =
            (struct rp_check_found){(struct rp_check_span *)(uintptr_t)span,
                                    (struct rp_check_block *)(uintptr_t)block,
                                    start, start + block->front};
        leaks->count += !is_kept;
    }
    if (reach == RP_REACH_LOST) {
        leak->more_blocks++;
        leak->more_bytes += size;
    } else {
        leak->blocks++;
        leak->bytes += size;
    }
}

static uint64_t bytes_of(const struct rp_leak *leak) {
    return leak->bytes + leak->more_bytes;
}

// The largest that was not told yet, or NULL.
static struct rp_leak *largest(struct leaks *leaks, bool is_kept) {
    struct rp_leak *found = NULL;

    for (unsigned i = 0; i < SITES; i++) {
        struct site *site = &leaks->sites[i];
        struct rp_leak *leak = is_kept ? &site->kept : &site->leak;
        if (leak->blocks + leak->more_blocks != 0 &&
            (found == NULL || bytes_of(leak) > bytes_of(found)))
            found = leak;
    }
    return found;
}

static void tell_largest(struct leaks *leaks, const char *call, bool is_kept) {
    struct rp_leak *leak;

    for (unsigned i = 0;
         i < RP_LEAKS_TOLD && (leak = largest(leaks, is_kept)) != NULL; i++) {
        rp_report_leak(call, leak, is_kept);
        leak->blocks = leak->more_blocks = 0;
    }
}

// What of the leaks is not told one by one.
static void tell_rest(const struct leaks *leaks) {
    struct rp_leak rest = leaks->elsewhere;
    unsigned sites = 0;

    for (unsigned i = 0; i < SITES; i++) {
        const struct rp_leak *leak = &leaks->sites[i].leak;
        uint64_t blocks = leak->blocks + leak->more_blocks;
        sites += blocks != 0;
        rest.blocks += blocks;
        rest.bytes += blocks != 0 ? bytes_of(leak) : 0;
    }
    if (rest.blocks != 0)
        rp_report_leaks_rest(sites, leaks->elsewhere.blocks != 0, &rest);
}

static int tell_all(struct leaks *leaks, const char *call, uint64_t sp,
                    bool is_end) {
    if (!rp_reach_look(sp, note, leaks)) {
        rp_system_say("leaks were not looked for: the other threads could not "
                      "be stopped");
        return -1;
    }
    tell_largest(leaks, call, false);
    tell_largest(leaks, call, true);
    tell_rest(leaks);
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
