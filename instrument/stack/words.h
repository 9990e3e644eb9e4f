// words.h - words of the stack, and whether they are what they were.
#ifndef RP_INSTRUMENT_STACK_WORDS_H
#define RP_INSTRUMENT_STACK_WORDS_H

#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>

// As it was found.
struct rp_word {
    uint64_t address;
    uint64_t value;
};

typedef uint64_t __attribute__((may_alias)) rp_stack_word;

// Other frames' memory, which sanitizers would ask questions about.
__attribute__((no_sanitize("address", "thread"),
               always_inline)) static inline uint64_t
rp_word_at(uint64_t address) {
    return *(const rp_stack_word *)(uintptr_t)address;
}

static inline uint64_t rp_word_change(const struct rp_word *word) {
    return rp_word_at(word->address) ^ word->value;
}

static inline uint64_t words_change_of_four(const struct rp_word *words) {
    return rp_word_change(&words[0]) | rp_word_change(&words[1]) |
           rp_word_change(&words[2]) | rp_word_change(&words[3]);
}

// Whether all words are what they were. All can be read, so four of them are
// looked at for each branch, some perhaps twice.
static inline bool rp_words_are_same(const struct rp_word *words,
                                     uint32_t count) {
    uint64_t changes = 0;

    if (count < 4) {
        while (count-- > 0)
            changes |= rp_word_change(&words[count]);
        return changes == 0;
    }
    changes = words_change_of_four(words);
    for (uint32_t i = (count - 1) % 4 + 1; i < count && changes == 0; i += 4)
        changes = words_change_of_four(&words[i]);
    return changes == 0;
}

// The same of four, eight, and so on.
static inline bool rp_words_are_same_by_four(const struct rp_word *words,
                                             uint32_t count) {
    for (const struct rp_word *end = words + count; words < end; words += 4) {
        if (RP_UNLIKELY(words_change_of_four(words) != 0))
            return false;
    }
    return true;
}

#endif
