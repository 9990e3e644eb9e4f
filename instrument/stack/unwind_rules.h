// unwind_rules.h - the rules of cfi.h, looked up once for each return address.
//
// A table of lines of eight words. A word holds a whole rule and so much of its
// address that line and word name it; so a word is read or written at once, and
// nothing else keeps the table in order. The addresses in 64 bytes of code
// share a line. One that is full loses the word that stands where the new one
// belongs.
//
// Progress:  wait-free.
#ifndef RP_INSTRUMENT_STACK_UNWIND_RULES_H
#define RP_INSTRUMENT_STACK_UNWIND_RULES_H

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/stack/cfi.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RP_UNWIND_RULES_LINE_BITS = 14,
    RP_UNWIND_RULES_NEAR_BITS =
        6, // of an address, that do not count for the line
    RP_UNWIND_RULES_IN_LINE = 8,
    RP_UNWIND_RULES_WORDS = RP_UNWIND_RULES_IN_LINE
                            << RP_UNWIND_RULES_LINE_BITS,
    // A word, from its lowest bit on: kind, is_loader, bp / 8, cfa / 8 (with a
    // sign), and the upper part of the address.
    RP_UNWIND_RULES_BP_SHIFT = 4,
    RP_UNWIND_RULES_CFA_SHIFT = 10,
    RP_UNWIND_RULES_CFA_BITS = 20,
    RP_UNWIND_RULES_TAG_SHIFT = 30,
};

struct rp_unwind_rules {
    // Grows when rules were dropped: what was made with their help is void.
    _Atomic uint32_t version;
    _Alignas(64) _Atomic uint64_t words[RP_UNWIND_RULES_WORDS];
};

// Looks the rule up in the unwind tables and keeps it.
uint64_t rp_unwind_rules_fill(struct rp_unwind_rules *rules, uint64_t address);

// Forgets the rules of the addresses in [start, end).
void rp_unwind_rules_drop(struct rp_unwind_rules *rules, uint64_t start,
                          uint64_t end);

// An address is high bits, bits of the line, and near bits.
static inline uint64_t rp_unwind_rules_high(uint64_t address) {
    return address >> (RP_UNWIND_RULES_LINE_BITS + RP_UNWIND_RULES_NEAR_BITS);
}
static inline uint64_t rp_unwind_rules_tag(uint64_t address) {
    return rp_unwind_rules_high(address) << RP_UNWIND_RULES_NEAR_BITS |
           (address & ((1u << RP_UNWIND_RULES_NEAR_BITS) - 1));
}
static inline uint32_t rp_unwind_rules_line(uint64_t address) {
    uint32_t spread = (uint32_t)rp_unwind_rules_high(address) * 0x9e3779b1u;

    return ((uint32_t)(address >> RP_UNWIND_RULES_NEAR_BITS) ^ spread >> 18) &
           ((1u << RP_UNWIND_RULES_LINE_BITS) - 1);
}

static inline enum rp_rule_kind rp_unwind_rules_kind(uint64_t word) {
    return (enum rp_rule_kind)(word & 7);
}
static inline bool rp_unwind_rules_is_loader(uint64_t word) {
    return (word & 8) != 0;
}
static inline uint64_t rp_unwind_rules_bp(uint64_t word) {
    return (word >> RP_UNWIND_RULES_BP_SHIFT & 63) * 8;
}
// As something to be added.
static inline uint64_t rp_unwind_rules_cfa(uint64_t word) {
    enum { ABOVE = 64 - RP_UNWIND_RULES_CFA_SHIFT - RP_UNWIND_RULES_CFA_BITS };

    return (uint64_t)((int64_t)(word << ABOVE) >>
                      (ABOVE + RP_UNWIND_RULES_CFA_SHIFT)) *
           8;
}

// The word of the rule for the instruction before a return address. Fast path:
// one or two loads, no call.
static inline uint64_t rp_unwind_rules_find(struct rp_unwind_rules *rules,
                                            uint64_t address) {
    uint64_t tag = rp_unwind_rules_tag(address);
    const _Atomic uint64_t *line =
        &rules->words[rp_unwind_rules_line(address) * RP_UNWIND_RULES_IN_LINE];

    for (unsigned i = 0; i < RP_UNWIND_RULES_IN_LINE; i++) {
        // relaxed: a word is all there is
        uint64_t word =
            load_relaxed(&line[(i + tag) % RP_UNWIND_RULES_IN_LINE]);
        if (RP_LIKELY(word >> RP_UNWIND_RULES_TAG_SHIFT == tag && word != 0))
            return word;
    }
    return rp_unwind_rules_fill(rules, address);
}

#endif
