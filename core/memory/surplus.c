// surplus.c - fulfils surplus.h.
#include "core/memory/surplus.h"

#include "core/base/atomic.h"
#include "core/memory/memory.h"
#include "core/memory/span_size.h"

enum {
    FORGIVEN = 4,      // growth counts for so much of what was freed before
    BEYOND_COSTS = 16, // what is freed beyond the window takes so much of it

    STRETCH_BLOCKS = 1 << 14, // the shortest stretch of work
    LONGER_MOST = 6,          // doublings of it
    QUIET_STRETCHES = 128,    // shortest ones until half of that is forgotten

    IDLE_LEAST = 1 << 20, // kept whatever the work
    MISSED_MUCH = 8 << 20,
};

struct surplus_settings rp_surplus_settings = SURPLUS_DEFAULTS;

// relaxed everywhere: guesses, see surplus.h. In bytes, but for the last three.
static _Atomic(size_t) fall;
static _Atomic(size_t) low;
static _Atomic(size_t) let_go; // by work, and not taken again
static _Atomic(size_t) missed; // of what was let go: taken again
static _Atomic(size_t) work;   // blocks, of this stretch
static _Atomic(size_t) longer; // doublings of the stretch
static _Atomic(size_t) quiet;  // shortest stretches in which nothing went

void rp_surplus_given(size_t spans) {
    add_relaxed(&fall, spans << SPAN_SHIFT);
}

// Memory was taken that is new: maybe it was let go too early.
static void take_new(size_t bytes) {
    size_t gone = load_relaxed(&let_go);
    size_t again = bytes < gone ? bytes : gone;

    if (again == 0)
        return;
    store_relaxed(&let_go, gone - again);
    again += load_relaxed(&missed);
    if (again >= MISSED_MUCH && load_relaxed(&longer) < LONGER_MOST) {
        add_relaxed(&longer, 1);
        again = 0;
    }
    store_relaxed(&missed, again);
}

void rp_surplus_taken(size_t spans, size_t new_spans, size_t kept) {
    size_t bytes = spans << SPAN_SHIFT;
    size_t before = load_relaxed(&fall);

    if (before != 0)
        store_relaxed(
            &fall, before / FORGIVEN > bytes ? before - FORGIVEN * bytes : 0);
    if (kept < load_relaxed(&low)) {
        store_relaxed(&low, kept);
        store_relaxed(&work, 0);
    }
    if (new_spans != 0)
        take_new(new_spans << SPAN_SHIFT);
}

static size_t window_of(size_t taken) {
    const struct surplus_settings *s = &rp_surplus_settings;
    size_t freed = load_relaxed(&fall);
    size_t window =
        rp_memory_is_paged() ? s->window_bytes : s->window_of_embedder;

    if (window == 0)
        return 0;
    // A large program may breathe deeper.
    size_t part = ((taken << SPAN_SHIFT) + freed) / 4;
    if (part > window)
        window = part;
    if (freed <= window)
        return window;
    size_t cost = (freed - window) * BEYOND_COSTS;
    return cost < window ? window - cost : 0;
}

// What is kept of what is in use, at least `least`.
static size_t part_of(size_t taken, size_t least) {
    size_t part = rp_surplus_settings.keep_part;

    if (part == 0)
        return least;
    part = (taken << SPAN_SHIFT) / part;
    return part > least ? part : least;
}

size_t rp_surplus_floor(size_t taken) {
    return part_of(taken, rp_surplus_settings.keep_bytes);
}

size_t rp_surplus_worth(size_t taken) {
    return rp_surplus_floor(taken) + window_of(taken);
}

// A stretch of work in which nothing had to go.
static void stretch_quiet(size_t doublings) {
    size_t stretches = load_relaxed(&quiet) + ((size_t)1 << doublings);

    if (stretches >= QUIET_STRETCHES) {
        stretches = 0;
        store_relaxed(&let_go, 0);
        if (doublings > 0)
            store_relaxed(&longer, doublings - 1);
    }
    store_relaxed(&quiet, stretches);
}

size_t rp_surplus_worked(size_t blocks, size_t kept, size_t taken) {
    size_t done = load_relaxed(&work) + blocks;
    size_t doublings = load_relaxed(&longer);

    if (done >> doublings < STRETCH_BLOCKS) {
        store_relaxed(&work, done);
        return kept;
    }
    size_t least = rp_surplus_settings.keep_bytes;
    least = part_of(taken, least < IDLE_LEAST ? least : IDLE_LEAST);
    size_t untouched = load_relaxed(&low) < kept ? load_relaxed(&low) : kept;
    size_t surplus = untouched > least ? untouched - least : 0;
    // Half, so that a mistake is half a mistake; all of the last MiB.
    if (surplus > IDLE_LEAST)
        surplus = surplus / 2 > IDLE_LEAST ? surplus / 2 : IDLE_LEAST;
    if (surplus == 0)
        stretch_quiet(doublings);
    store_relaxed(&low, kept - surplus);
    store_relaxed(&work, 0);
    store_relaxed(&fall, load_relaxed(&fall) / 2);
    return kept - surplus;
}

void rp_surplus_let_go(size_t bytes) {
    add_relaxed(&let_go, bytes);
}

void rp_surplus_reset(void) {
    store_relaxed(&fall, 0);
    store_relaxed(&low, 0);
    store_relaxed(&let_go, 0);
    store_relaxed(&missed, 0);
    store_relaxed(&work, 0);
    store_relaxed(&longer, 0);
    store_relaxed(&quiet, 0);
}
