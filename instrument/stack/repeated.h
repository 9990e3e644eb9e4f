// repeated.h - the stack that a thread comes with again and again.
//
// The same stack again is what there is most of. So the one that has come some
// times in a row is kept as all the words of memory that it follows from, from
// our own frames to the outermost one: when they are what they were, so is the
// stack, and nothing else is looked at. It is kept while others come in
// between, until another one has come so often.
//
// Only one of the thread's own stack, whose memory does not go while the thread
// lives (bounds.h), and none of the loader's, whose end is looked out for.
//
// The thread's own.
#ifndef RP_INSTRUMENT_STACK_REPEATED_H
#define RP_INSTRUMENT_STACK_REPEATED_H

#include "core/base/atomic.h"
#include "instrument/stack/words.h"

enum {
    RP_REPEATED_TIMES = 3,  // until it is kept
    RP_REPEATED_MISSES = 8, // in a row, until it is not kept any longer
    RP_REPEATED_WORDS = 64, // a multiple of four
};

struct rp_repeated {
    uint64_t address, sp; // where the innermost frame goes on; 0: none is kept
    uint32_t node;
    uint32_t count;                  // of words: four, eight, and so on
    const _Atomic uint32_t *current; // the version of the rules
    uint32_t version;                // by which it was walked
    uint32_t misses;                 // in a row, so far
    uint32_t missed_at;              // the count of captures at the last one
    struct rp_word words[RP_REPEATED_WORDS];
};

// Mostly all are, so a branch for each costs no more than to gather four.
static inline bool repeated_words_are_same(const struct rp_repeated *repeated) {
    const struct rp_word *word = repeated->words, *end = word + repeated->count;

    do {
        if (RP_UNLIKELY(rp_word_change(&word[0]) != 0) ||
            RP_UNLIKELY(rp_word_change(&word[1]) != 0) ||
            RP_UNLIKELY(rp_word_change(&word[2]) != 0) ||
            RP_UNLIKELY(rp_word_change(&word[3]) != 0))
            return false;
        word += 4;
    } while (word < end);
    return true;
}

static inline void rp_repeated_forget(struct rp_repeated *repeated) {
    repeated->address = repeated->sp = 0;
}

// Another stack has come, and `at` captures are left until something else is
// due: one less than at the last capture, so that none needs to be counted that
// is the kept one.
static inline void rp_repeated_miss(struct rp_repeated *repeated, uint32_t at) {
    bool in_a_row = repeated->missed_at == at + 1;

    repeated->misses = in_a_row ? repeated->misses + 1 : 1;
    repeated->missed_at = at;
    if (repeated->misses == RP_REPEATED_MISSES)
        rp_repeated_forget(repeated);
}

// Whether the stack of a frame, our own ones among them, is that one. Fast
// path: four branches, and one for every four words.
static inline bool rp_repeated_is(const struct rp_repeated *repeated,
                                  uint64_t address, uint64_t sp) {
    // acquire [rules]: that the dropped ones are gone
    return repeated->address == address && repeated->sp == sp &&
           load_acquire(repeated->current) == repeated->version &&
           repeated_words_are_same(repeated);
}

#endif
