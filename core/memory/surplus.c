// surplus.c - fulfils surplus.h.
#include "core/memory/surplus.h"

#include "core/base/atomic.h"
#include "core/memory/span_size.h"

// What is remembered halves about every 1,400 spans that are given: 90 MiB.
enum { FADE_SHIFT = 11 };

struct surplus_settings rp_surplus_settings = SURPLUS_DEFAULTS;

// In bytes. relaxed everywhere: guesses, see surplus.h.
static _Atomic(size_t) regret;
static _Atomic(size_t) learned;
static _Atomic(size_t) peak;

// A huge block may give more spans at once than anything is remembered for.
static size_t faded(size_t value, size_t spans) {
    return spans >> FADE_SHIFT == 0 ? value - (value >> FADE_SHIFT) * spans : 0;
}

void rp_surplus_given(size_t spans, size_t taken) {
    size_t before = load_relaxed(&peak);
    size_t lately = faded(before, spans);
    size_t now = (taken + spans) << SPAN_SHIFT;

    store_relaxed(&peak, lately > now ? lately : now);
    if (load_relaxed(&regret) != 0)
        store_relaxed(&regret, faded(load_relaxed(&regret), spans));
}

void rp_surplus_purged(size_t spans) {
    size_t before = load_relaxed(&learned);
    size_t unmissed = load_relaxed(&regret);

    if (rp_surplus_settings.keep_part == 0)
        return;
    // What the last purges took and nobody missed was not worth keeping.
    store_relaxed(&learned,
                  before - (unmissed < before / 4 ? unmissed : before / 4));
    store_relaxed(&regret, unmissed + (spans << SPAN_SHIFT));
}

void rp_surplus_missed(size_t spans) {
    size_t before = load_relaxed(&regret);
    size_t bytes = spans << SPAN_SHIFT;
    size_t regretted = bytes < before ? bytes : before;

    if (regretted == 0)
        return;
    store_relaxed(&regret, before - regretted);
    store_relaxed(&learned, load_relaxed(&learned) + 2 * regretted);
}

size_t rp_surplus_worth(size_t taken) {
    size_t worth = rp_surplus_settings.keep_bytes;

    if (rp_surplus_settings.keep_part == 0)
        return worth;
    size_t part = (taken << SPAN_SHIFT) / rp_surplus_settings.keep_part;
    worth = part > worth ? part : worth;

    size_t lately = load_relaxed(&peak);
    lately += lately / 2;
    if (load_relaxed(&learned) > lately)
        store_relaxed(&learned, lately);
    return worth + load_relaxed(&learned);
}

void rp_surplus_reset(void) {
    store_relaxed(&regret, 0);
    store_relaxed(&learned, 0);
    store_relaxed(&peak, 0);
}
