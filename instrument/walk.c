// walk.c - see walk.h.
#include "instrument/walk.h"

#include "core/os.h"

enum {
    // As far as a frame pointer is believed where nothing else is known.
    GUESS_MOST = 1 << 14,
};

// The rule of a function that keeps its frame pointer.
static const uint64_t pointer_rule = (uint64_t)RP_RULE_BP |
                                     UINT64_C(2) << RP_RULES_BP_SHIFT |
                                     UINT64_C(2) << RP_RULES_CFA_SHIFT;

typedef uint64_t __attribute__((may_alias)) stack_word;

// Other frames' memory, which sanitizers would ask questions about.
__attribute__((no_sanitize("address", "thread"),
               always_inline)) static inline uint64_t
word_at(uint64_t address) {
    return *(const stack_word *)(uintptr_t)address;
}

// ---- one step ----

enum step {
    STEP_DONE,
    STEP_END,  // there is no caller
    STEP_WILD, // the caller's frame is not on the stack
    STEP_HARD,
};

// Whether a word at `address`, not below sp, can be read.
static inline bool is_word(struct rp_bounds *bounds, uint64_t sp,
                           uint64_t address) {
    return address >= sp && address % 8 == 0 &&
           rp_bounds_reach(bounds, address + 8);
}

static inline enum step finish_step(struct rp_walk *walk, uint64_t cfa,
                                    uint64_t bp_at, struct rp_frame *frame) {
    if (RP_UNLIKELY(!is_word(&walk->bounds, frame->sp, cfa - 8)))
        return STEP_WILD;
    if (bp_at != 0) {
        if (RP_UNLIKELY(bp_at < frame->sp || bp_at > cfa - 8))
            return STEP_WILD;
        frame->bp = word_at(bp_at);
    }
    frame->sp = cfa;
    frame->address = word_at(cfa - 8);
    return STEP_DONE;
}

// The frame is elsewhere: on another stack, if there is memory. That is for
// those who do not mind.
static enum step other_stack(uint64_t cfa) {
    uint64_t page = rp_os_page_bytes();
    uint64_t start = round_down(cfa - 8, page);

    return cfa % 8 == 0 && rp_bounds_readable(start, start + page) != 0
               ? STEP_HARD
               : STEP_WILD;
}

static enum step step_realigned(struct rp_walk *walk, uint64_t rule,
                                struct rp_frame *frame) {
    uint64_t at = frame->bp + rp_rules_cfa(rule);

    if (!is_word(&walk->bounds, frame->sp, at) ||
        !is_word(&walk->bounds, frame->sp, frame->bp))
        return STEP_WILD;
    return finish_step(walk, word_at(at), frame->bp, frame);
}

static enum step step_guess(struct rp_walk *walk, struct rp_frame *frame) {
    if (frame->bp - frame->sp >= GUESS_MOST)
        return STEP_WILD;
    return finish_step(walk, frame->bp + 16, frame->bp, frame);
}

static enum step step_special(struct rp_walk *walk, uint64_t rule,
                              struct rp_frame *frame) {
    switch (rp_rules_kind(rule)) {
    case RP_RULE_AT_BP:
        return step_realigned(walk, rule, frame);
    case RP_RULE_SILENT:
    case RP_RULE_NOWHERE:
        return step_guess(walk, frame);
    case RP_RULE_END:
        return STEP_END;
    default:
        return STEP_HARD;
    }
}

// Moves to the caller. Fast path: two branches on the rule, two on the bounds.
static inline enum step step_out(struct rp_walk *walk, uint64_t rule,
                                 struct rp_frame *frame) {
    enum rp_rule_kind kind = rp_rules_kind(rule);
    uint64_t base = kind == RP_RULE_BP ? frame->bp : frame->sp;

    if (RP_UNLIKELY(kind != RP_RULE_SP && kind != RP_RULE_BP))
        return step_special(walk, rule, frame);
    uint64_t cfa = base + rp_rules_cfa(rule);
    uint64_t saved = rp_rules_bp(rule);
    enum step step =
        finish_step(walk, cfa, saved != 0 ? cfa - saved : 0, frame);
    if (RP_UNLIKELY(step == STEP_WILD && rule != pointer_rule))
        return other_stack(cfa);
    return step;
}

// ---- the last stack ----

// Whether all that the frames beyond frame `index` follow from is as it was.
// If not, *next is the frame up to which there is no use in trying again. From
// the inside out, so that nothing is read that a walk would not read.
static inline bool is_unchanged(const struct rp_walk *walk, uint32_t index,
                                uint32_t *next) {
    const struct rp_walk_frame *frames = walk->frames;
    uint32_t words = frames[index].words;

    for (uint32_t i = index; i-- > 0;) {
        if (word_at(frames[i].at.sp - 8) != frames[i].at.address) {
            *next = i + 1;
            return false;
        }
    }
    while (words-- > 0) {
        if (word_at(walk->words[words].address) != walk->words[words].value) {
            while (index > 0 && frames[index].words > words)
                index--;
            *next = index + 1;
            return false;
        }
    }
    return true;
}

// How many frames of the last stack, outermost first, the new one has beyond
// its first `fresh` frames, if `frame` is one of them; 0: it is not. *kept:
// frames of the last stack that are not ruled out yet.
static inline uint32_t find_kept(struct rp_walk *walk,
                                 const struct rp_walk_tools *tools,
                                 const struct rp_frame *frame, uint32_t fresh,
                                 uint32_t *kept) {
    const struct rp_walk_frame *frames = walk->frames;

    while (*kept > 0 && frames[*kept - 1].at.sp < frame->sp)
        --*kept;
    if (*kept == 0)
        return 0;
    const struct rp_walk_frame *last = &frames[*kept - 1];
    if (last->at.sp != frame->sp || last->at.address != frame->address ||
        (last->needs_bp && last->at.bp != frame->bp))
        return 0;
    uint32_t all = fresh + *kept;
    if (walk->is_cut ? all != tools->most : all > tools->most)
        return 0;
    if (!rp_bounds_reach(&walk->bounds, frames[0].at.sp))
        return 0;
    uint32_t found = *kept;
    return is_unchanged(walk, found - 1, kept) ? found : 0;
}

static void keep_word(struct rp_walk *walk, uint32_t *words, uint64_t address,
                      uint64_t value) {
    walk->words[(*words)++] = (struct rp_walk_word){address, value};
}

// Notes on what the way from `frame` to its caller depends.
static inline void keep_needs(struct rp_walk *walk, uint64_t rule,
                              struct rp_walk_frame *frame,
                              const struct rp_walk_frame *caller) {
    enum rp_rule_kind kind = rp_rules_kind(rule);
    uint64_t cfa = caller->at.sp;
    uint64_t saved = rp_rules_bp(rule);
    uint32_t words = caller->words;

    frame->needs_bp = true;
    if (kind == RP_RULE_SP || kind == RP_RULE_BP) {
        if (saved != 0 && caller->needs_bp)
            keep_word(walk, &words, cfa - saved, caller->at.bp);
        frame->needs_bp =
            kind == RP_RULE_BP || (saved == 0 && caller->needs_bp);
    } else {
        if (kind == RP_RULE_AT_BP)
            keep_word(walk, &words, frame->at.bp + rp_rules_cfa(rule), cfa);
        if (caller->needs_bp)
            keep_word(walk, &words, frame->at.bp, caller->at.bp);
    }
    frame->words = (uint16_t)words;
}

// Puts the first `fresh` steps upon `kept` frames of the last stack. Returns
// the node; 0: there is no place for it.
static uint32_t put(struct rp_walk *walk, const struct rp_walk_tools *tools,
                    uint32_t fresh, uint32_t kept, bool *is_new) {
    static const struct rp_walk_frame none = {.needs_bp = false};
    const struct rp_walk_frame *caller =
        kept > 0 ? &walk->frames[kept - 1] : &none;

    while (fresh-- > 0) {
        const struct rp_walk_step *step = &walk->steps[fresh];
        struct rp_walk_frame *frame = &walk->frames[kept++];
        frame->at = step->at;
        frame->node = rp_paths_child(tools->paths, caller->node,
                                     step->at.address, is_new);
        if (RP_UNLIKELY(frame->node == 0))
            return 0;
        if (caller == &none) {
            // Where pointers end, it is the last one that says so.
            frame->needs_bp = tools->by_pointers;
            frame->words = 0;
        } else {
            keep_needs(walk, step->rule, frame, caller);
        }
        caller = frame;
    }
    walk->count = kept;
    return caller->node;
}

// ---- a stack ----

struct way {
    uint32_t fresh; // steps so far
    uint32_t sure;  // of them, up to the last one into known code
    uint32_t kept;  // frames of the last stack that end it
    bool is_cut;
    bool is_loose;    // how it ends, depends on more than is kept
    bool is_guessing; // since the last known code
};

// The end of the way by a frame that cannot be right.
static bool stop(struct way *way) {
    way->fresh = way->sure;
    way->is_loose = true;
    return true;
}

static inline uint64_t rule_of(const struct rp_walk_tools *tools,
                               const struct rp_frame *frame) {
    return tools->by_pointers ? pointer_rule
                              : rp_rules_find(tools->rules, frame->address);
}

// From the first frame of the program on. false: not understood.
static inline bool go(struct rp_walk *walk, const struct rp_walk_tools *tools,
                      struct rp_frame frame, struct way *way) {
    uint32_t candidates = walk->count;

    for (;;) {
        if (RP_UNLIKELY(frame.address == 0))
            return stop(way);
        way->kept = find_kept(walk, tools, &frame, way->fresh, &candidates);
        if (way->kept != 0)
            return true;
        if (RP_UNLIKELY(way->fresh == tools->most)) {
            way->is_cut = true;
            return way->is_guessing ? stop(way) : true;
        }
        uint64_t rule = rule_of(tools, &frame);
        enum rp_rule_kind kind = rp_rules_kind(rule);
        walk->steps[way->fresh++] = (struct rp_walk_step){frame, rule};
        if (RP_UNLIKELY(kind == RP_RULE_NOWHERE)) {
            way->is_guessing = true;
        } else {
            way->is_guessing = kind == RP_RULE_SILENT;
            way->sure = way->fresh;
        }
        enum step step = step_out(walk, rule, &frame);
        if (RP_LIKELY(step == STEP_DONE))
            continue;
        if (step == STEP_END)
            return true;
        if (step == STEP_HARD)
            return false;
        if (tools->by_pointers)
            return true;
        return stop(way);
    }
}

bool rp_walk_stack(struct rp_walk *walk, const struct rp_walk_tools *tools,
                   struct rp_frame frame, uint32_t *node, bool *fresh) {
    struct way way = {0};
    // acquire [rules]: that the dropped ones are gone
    uint32_t version = load_acquire(&tools->rules->version);
    uint64_t own = tools->own_end - tools->own_start;

    *node = 0;
    if (RP_UNLIKELY(walk->version != version)) {
        walk->count = 0;
        walk->version = version;
    }
    if (RP_UNLIKELY(!rp_bounds_enter(&walk->bounds, frame.sp)))
        return false;
    do {
        uint64_t rule = rp_rules_find(tools->rules, frame.address);
        if (RP_UNLIKELY(step_out(walk, rule, &frame) != STEP_DONE))
            return false;
    } while (frame.address - tools->own_start < own);
    if (RP_UNLIKELY(!go(walk, tools, frame, &way))) {
        walk->count = 0;
        return false;
    }
    if (way.kept == 0)
        walk->is_cut = way.is_cut;
    if (way.fresh > 0)
        walk->in_loader = rp_rules_is_loader(walk->steps[0].rule);
    *node = way.fresh + way.kept == 0
                ? 0
                : put(walk, tools, way.fresh, way.kept, fresh);
    walk->depth = walk->count;
    if (RP_UNLIKELY(*node == 0 || way.is_loose))
        walk->count = 0;
    return true;
}
