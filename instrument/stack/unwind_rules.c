// unwind_rules.c - see unwind_rules.h.
#include "instrument/stack/unwind_rules.h"

#include "core/os/check.h"

static_assert(RP_RULE_HARD < 8, "a kind has three bits");
static_assert(RP_RULE_BP_MOST / 8 < 64, "bp has six bits");
static_assert(RP_RULE_CFA_MOST / 8 <= 1 << (RP_UNWIND_RULES_CFA_BITS - 1),
              "and cfa");

static uint64_t pack(const struct rp_rule *rule, uint64_t tag) {
    uint64_t cfa = (uint64_t)(int64_t)(rule->cfa / 8) &
                   ((UINT64_C(1) << RP_UNWIND_RULES_CFA_BITS) - 1);

    return (uint64_t)rule->kind | (uint64_t)rule->is_loader << 3 |
           (uint64_t)(rule->bp / 8) << RP_UNWIND_RULES_BP_SHIFT |
           cfa << RP_UNWIND_RULES_CFA_SHIFT | tag << RP_UNWIND_RULES_TAG_SHIFT;
}

uint64_t rp_unwind_rules_fill(struct rp_unwind_rules *rules, uint64_t address) {
    struct rp_rule rule = rp_cfi_rule(address - 1);
    uint64_t tag = rp_unwind_rules_tag(address);
    uint64_t word = pack(&rule, tag);
    _Atomic uint64_t *line =
        &rules->words[rp_unwind_rules_line(address) * RP_UNWIND_RULES_IN_LINE];
    _Atomic uint64_t *place = &line[tag % RP_UNWIND_RULES_IN_LINE];

    if (tag >> (64 - RP_UNWIND_RULES_TAG_SHIFT) !=
        0) // an address without a place
        return word;
    for (unsigned i = 0; i < RP_UNWIND_RULES_IN_LINE; i++) {
        _Atomic uint64_t *at = &line[(i + tag) % RP_UNWIND_RULES_IN_LINE];
        if (load_relaxed(at) == 0) { // relaxed: a word is all there is
            place = at;
            break;
        }
    }
    store_relaxed(place, word); // relaxed: as above
    return word;
}

void rp_unwind_rules_drop(struct rp_unwind_rules *rules, uint64_t start,
                          uint64_t end) {
    for (uint32_t i = 0; i < RP_UNWIND_RULES_WORDS; i++) {
        // relaxed: a word is all there is
        uint64_t word = load_relaxed(&rules->words[i]);
        uint64_t tag = word >> RP_UNWIND_RULES_TAG_SHIFT;
        uint64_t high = tag >> RP_UNWIND_RULES_NEAR_BITS
                                   << (RP_UNWIND_RULES_NEAR_BITS +
                                       RP_UNWIND_RULES_LINE_BITS);
        uint64_t near = tag & ((1u << RP_UNWIND_RULES_NEAR_BITS) - 1);
        // The line of `high` differs from that of the address by its bits.
        uint64_t line =
            (i / RP_UNWIND_RULES_IN_LINE) ^ rp_unwind_rules_line(high);
        uint64_t address = high | line << RP_UNWIND_RULES_NEAR_BITS | near;
        if (word != 0 && address - start < end - start)
            store_relaxed(&rules->words[i], 0); // relaxed: as above
    }
    // release [rules]: a thread that sees the new version sees them gone
    add_acq_rel(&rules->version, 1);
}
