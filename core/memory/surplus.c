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
    QUIET_STRETCHES = 1024,   // shortest ones until half of that is forgotten

    IDLE_LEAST = 1 << 20, // kept whatever the work

    // Of what was let go, taken again: it was a mistake.
    MISSED_LEAST = 256 << 10,
    MISSED_PART = 8,
};

struct surplus_settings rp_surplus_settings = SURPLUS_DEFAULTS;

// relaxed everywhere: guesses, see surplus.h. In bytes, but for the last three.
static _Atomic(size_t) fall;
static _Atomic(size_t) turned; // let go at a turn, and not taken again
static _Atomic(size_t) deeper; // of that: taken again
static _Atomic(size_t) low;
static _Atomic(size_t) let_go; // by work, and not taken again
static _Atomic(size_t) missed; // of what was let go: taken again
static _Atomic(size_t) work;   // blocks, of this stretch
static _Atomic(size_t) longer; // doublings of the stretch
static _Atomic(size_t) quiet;  // shortest stretches in which nothing went

void rp_surplus_given(size_t spans) {
    add_relaxed(&fall, spans << SPAN_SHIFT);
}

// Takes up to `bytes` bytes out of a count; returns how many.
static size_t take_from(_Atomic(size_t) *count, size_t bytes) {
    size_t there = load_relaxed(count);
    size_t taken = bytes < there ? bytes : there;

    if (taken != 0)
        store_relaxed(count, there - taken);
    return taken;
}

void rp_surplus_missed(size_t bytes) {
    size_t at_turns = take_from(&turned, bytes);
    size_t gone = load_relaxed(&let_go);
    size_t again = take_from(&let_go, bytes - at_turns);

    if (at_turns != 0)
        add_relaxed(&deeper, at_turns);
    if (again == 0)
        return;
    again += load_relaxed(&missed);
    if (again >= MISSED_LEAST && again >= gone / MISSED_PART &&
        load_relaxed(&longer) < LONGER_MOST) {
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
        rp_surplus_missed(new_spans << SPAN_SHIFT);
}

// The window without what was freed beyond it.
static size_t window_open(size_t taken, size_t freed) {
    const struct surplus_settings *s = &rp_surplus_settings;
    size_t window =
        rp_memory_is_paged() ? s->window_bytes : s->window_of_embedder;

    if (window == 0)
        return 0;
    // A large program may breathe deeper.
    size_t part = ((taken << SPAN_SHIFT) + freed) / 4;
    return (part > window ? part : window) + load_relaxed(&deeper);
}

static size_t window_of(size_t taken) {
    size_t freed = load_relaxed(&fall);
    size_t window = window_open(taken, freed);

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

void rp_surplus_purged(size_t bytes, size_t taken) {
    size_t freed = load_relaxed(&fall);

    if (freed <= window_open(taken, freed)) {
        add_relaxed(&turned, bytes);
    } else if (load_relaxed(&turned) + load_relaxed(&deeper) != 0) {
        store_relaxed(&turned, 0);
        store_relaxed(&deeper, 0);
    }
}

// A stretch of work in which nothing had to go.
static void stretch_quiet(size_t doublings) {
    size_t stretches = load_relaxed(&quiet) + ((size_t)1 << doublings);

    if (stretches >= QUIET_STRETCHES) {
        stretches = 0;
        store_relaxed(&let_go, 0);
        store_relaxed(&missed, 0);
        store_relaxed(&turned, 0);
        store_relaxed(&deeper, load_relaxed(&deeper) / 2);
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

size_t rp_surplus_stretch(void) {
    return (size_t)STRETCH_BLOCKS << load_relaxed(&longer);
}

void rp_surplus_let_go(size_t bytes) {
    add_relaxed(&let_go, bytes);
}

void rp_surplus_reset(void) {
    store_relaxed(&fall, 0);
    store_relaxed(&turned, 0);
    store_relaxed(&deeper, 0);
    store_relaxed(&low, 0);
    store_relaxed(&let_go, 0);
    store_relaxed(&missed, 0);
    store_relaxed(&work, 0);
    store_relaxed(&longer, 0);
    store_relaxed(&quiet, 0);
}
