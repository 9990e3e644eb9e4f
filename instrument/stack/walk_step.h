// walk_step.h - from one frame to its caller, by its rule.
//
// A part of walk.c, which alone includes it: what it does with each frame is
// short, and has to be in one piece with the loop around it.
#ifndef RP_INSTRUMENT_STACK_WALK_STEP_H
#define RP_INSTRUMENT_STACK_WALK_STEP_H

#include "core/os/os.h"
#include "instrument/os/system.h"
#include "instrument/stack/walk_state.h"

enum {
    // As far as a frame pointer is believed where nothing else is known.
    GUESS_MOST = 1 << 14,
};

// The rule of a function that keeps its frame pointer. It is told from those of
// functions that do by what they have no use for.
static const uint32_t pointer_rule = (uint32_t)RP_RULE_BP |
                                     UINT32_C(2) << RP_UNWIND_RULES_BP_SHIFT |
                                     UINT32_C(2) << RP_UNWIND_RULES_CFA_SHIFT |
                                     UINT32_C(1) << RP_UNWIND_RULES_TAG_SHIFT;

// Without its address.
static inline uint32_t find_rule(const struct rp_walk_tools *tools,
                                 uint64_t address) {
    return rp_unwind_rules_find(tools->rules, address) &
           ((UINT32_C(1) << RP_UNWIND_RULES_TAG_SHIFT) - 1);
}

enum step {
    STEP_DONE,
    STEP_END,  // there is no caller
    STEP_WILD, // the caller's frame is not on the stack
    STEP_HARD,
};

// Whether the word at `address` is one of the stack from sp on, and can be
// read.
static inline bool is_word(struct rp_bounds *bounds, uint64_t sp,
                           uint64_t address) {
    return address >= sp && address % 8 == 0 &&
           rp_bounds_reach(bounds, address + 8);
}

// Moves to the frame at cfa, whose bp is kept `saved` bytes below, or is the
// same (0). Which of them, is hard to guess, so there is no branch for it:
// where it is the same, the return address is read in its place.
static inline enum step finish_step(struct rp_walk *walk, uint64_t cfa,
                                    uint64_t saved, struct rp_walk_step *step) {
    uint64_t is_saved = -(uint64_t)(saved != 0);
    uint64_t bp_at = cfa - 8 - ((saved - 8) & is_saved);

    if (RP_UNLIKELY(!is_word(&walk->bounds, step->at.sp, cfa - 8)) ||
        RP_UNLIKELY(bp_at < step->at.sp || bp_at > cfa - 8))
        return STEP_WILD;
    step->at.bp ^= (step->at.bp ^ rp_word_at(bp_at)) & is_saved;
    step->bp_at = bp_at & is_saved;
    step->at.sp = cfa;
    step->at.address = rp_word_at(cfa - 8);
    return STEP_DONE;
}

// The frame is elsewhere: on another stack, if there is memory. That is for
// those who do not mind.
static inline enum step other_stack(uint64_t cfa) {
    uint64_t page = rp_os_page_bytes();
    uint64_t start = round_down(cfa - 8, page);

    return cfa % 8 == 0 && rp_system_readable(start, start + page) != 0
               ? STEP_HARD
               : STEP_WILD;
}

static inline enum step step_realigned(struct rp_walk *walk,
                                       struct rp_walk_step *step) {
    uint64_t bp = step->at.bp, at = bp + rp_unwind_rules_cfa(step->rule);

    if (!is_word(&walk->bounds, step->at.sp, at) ||
        !is_word(&walk->bounds, step->at.sp, bp))
        return STEP_WILD;
    uint64_t cfa = rp_word_at(at);
    return cfa == bp ? STEP_WILD : finish_step(walk, cfa, cfa - bp, step);
}

static inline enum step step_guess(struct rp_walk *walk,
                                   struct rp_walk_step *step) {
    if (step->at.bp - step->at.sp >= GUESS_MOST)
        return STEP_WILD;
    return finish_step(walk, step->at.bp + 16, 16, step);
}

__attribute__((cold, noinline)) static enum step step_special(
    struct rp_walk *walk, struct rp_walk_step *step) {
    switch (rp_unwind_rules_kind(step->rule)) {
    case RP_RULE_AT_BP:
        return step_realigned(walk, step);
    case RP_RULE_SILENT:
    case RP_RULE_NOWHERE:
        return step_guess(walk, step);
    case RP_RULE_END:
        return STEP_END;
    default:
        return STEP_HARD;
    }
}

// Moves to the caller. Fast path: two branches on the rule, four on the stack.
static inline enum step step_out(struct rp_walk *walk,
                                 struct rp_walk_step *step) {
    uint32_t rule = step->rule;
    enum rp_rule_kind kind = rp_unwind_rules_kind(rule);
    uint64_t base = kind == RP_RULE_BP ? step->at.bp : step->at.sp;

    if (RP_UNLIKELY(kind != RP_RULE_SP && kind != RP_RULE_BP)) {
        struct rp_walk_step copy = *step; // so that *step stays in registers
        enum step special = step_special(walk, &copy);
        *step = copy;
        return special;
    }
    uint64_t cfa = base + rp_unwind_rules_cfa(rule);
    enum step result = finish_step(walk, cfa, rp_unwind_rules_bp(rule), step);
    if (RP_UNLIKELY(result == STEP_WILD && rule != pointer_rule))
        return other_stack(cfa);
    return result;
}

#endif
