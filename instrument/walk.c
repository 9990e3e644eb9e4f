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

// Whether the word at `address` is one of the stack from sp on, and can be
// read.
static inline bool is_word(struct rp_bounds *bounds, uint64_t sp,
                           uint64_t address) {
    return address >= sp && address % 8 == 0 &&
           rp_bounds_reach(bounds, address + 8);
}

// Moves to the frame at cfa, whose bp is kept at bp_at, or is the same (0).
static inline enum step finish_step(struct rp_walk *walk, uint64_t cfa,
                                    uint64_t bp_at, struct rp_walk_step *step) {
    if (RP_UNLIKELY(!is_word(&walk->bounds, step->at.sp, cfa - 8)))
        return STEP_WILD;
    step->bp_at = bp_at;
    if (bp_at != 0) {
        if (RP_UNLIKELY(bp_at < step->at.sp || bp_at > cfa - 8))
            return STEP_WILD;
        step->at.bp = word_at(bp_at);
    }
    step->at.sp = cfa;
    step->at.address = word_at(cfa - 8);
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

static enum step step_realigned(struct rp_walk *walk,
                                struct rp_walk_step *step) {
    uint64_t bp = step->at.bp, at = bp + rp_rules_cfa(step->rule);

    if (!is_word(&walk->bounds, step->at.sp, at) ||
        !is_word(&walk->bounds, step->at.sp, bp))
        return STEP_WILD;
    return finish_step(walk, word_at(at), bp, step);
}

static enum step step_guess(struct rp_walk *walk, struct rp_walk_step *step) {
    if (step->at.bp - step->at.sp >= GUESS_MOST)
        return STEP_WILD;
    return finish_step(walk, step->at.bp + 16, step->at.bp, step);
}

__attribute__((cold, noinline)) static enum step step_special(
    struct rp_walk *walk, struct rp_walk_step *step) {
    switch (rp_rules_kind(step->rule)) {
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
    uint64_t rule = step->rule;
    enum rp_rule_kind kind = rp_rules_kind(rule);
    uint64_t base = kind == RP_RULE_BP ? step->at.bp : step->at.sp;

    if (RP_UNLIKELY(kind != RP_RULE_SP && kind != RP_RULE_BP)) {
        struct rp_walk_step copy = *step; // so that *step stays in registers
        enum step special = step_special(walk, &copy);
        *step = copy;
        return special;
    }
    uint64_t cfa = base + rp_rules_cfa(rule);
    uint64_t saved = rp_rules_bp(rule);
    enum step result =
        finish_step(walk, cfa, saved != 0 ? cfa - saved : 0, step);
    if (RP_UNLIKELY(result == STEP_WILD && rule != pointer_rule))
        return other_stack(cfa);
    return result;
}

// ---- the last stack ----

// How many frames of the last stack there are from the outermost to the first
// one, on the way outwards from frame `index`, that has another return address
// now; 0: none has. From the inside out, so that nothing is read that a walk
// would not read.
static inline uint32_t find_changed(const struct rp_walk *walk,
                                    uint32_t index) {
    for (uint32_t i = index; i > 0; i--) {
        if (word_at(walk->returns[i - 1].address) != walk->returns[i - 1].value)
            return i;
    }
    return 0;
}

static inline bool words_are_same(const struct rp_walk *walk, uint32_t from,
                                  uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        if (word_at(walk->words[i].address) != walk->words[i].value)
            return false;
    }
    return true;
}

static void keep_word(struct rp_walk *walk, uint32_t *words, uint64_t address,
                      uint64_t value) {
    walk->words[(*words)++] = (struct rp_walk_word){address, value};
}

// Notes on what the way from `frame` to its caller depends.
static inline void keep_needs(struct rp_walk *walk, struct rp_walk_frame *frame,
                              const struct rp_walk_frame *caller) {
    uint64_t rule = frame->step.rule;
    enum rp_rule_kind kind = rp_rules_kind(rule);
    uint32_t words = caller->words;

    if (caller->step.bp_at != 0 && caller->needs_bp)
        keep_word(walk, &words, caller->step.bp_at, caller->step.at.bp);
    if (kind == RP_RULE_AT_BP)
        keep_word(walk, &words, frame->step.at.bp + rp_rules_cfa(rule),
                  caller->step.at.sp);
    frame->needs_bp =
        kind == RP_RULE_SP ? caller->step.bp_at == 0 && caller->needs_bp : true;
    frame->words = (uint16_t)words;
}

// ---- a stack ----

struct way {
    uint32_t steps; // so far
    uint32_t own;   // of them, the first ones, into our own code
    uint32_t sure;  // of them, up to the last one into known code
    uint32_t kept;  // frames of the last stack that end it
    bool is_cut;
    bool is_loose;    // how it ends, depends on more than is kept
    bool is_guessing; // since the last known code
};

// Puts the steps of the way upon the frames that are kept of the last stack.
// Returns the node; 0: there is no place for it.
static uint32_t put(struct rp_walk *walk, const struct rp_walk_tools *tools,
                    const struct way *way, bool *is_new) {
    static const struct rp_walk_frame none = {.needs_bp = false};
    uint32_t kept = way->kept;
    const struct rp_walk_frame *caller =
        kept > 0 ? &walk->frames[kept - 1] : &none;

    for (uint32_t i = way->steps; i-- > 0;) {
        struct rp_walk_frame *frame = &walk->frames[kept];
        frame->step = walk->steps[i];
        frame->node = caller->node;
        if (i >= way->own)
            frame->node = rp_paths_child(tools->paths, caller->node,
                                         frame->step.at.address, is_new);
        if (RP_UNLIKELY(frame->node == 0)) {
            walk->known = 0;
            return 0;
        }
        walk->returns[kept++] = (struct rp_walk_word){frame->step.at.sp - 8,
                                                      frame->step.at.address};
        if (RP_UNLIKELY(caller == &none)) {
            // Where pointers end, it is the last one that says so.
            frame->needs_bp = tools->by_pointers;
            frame->words = 0;
        } else {
            keep_needs(walk, frame, caller);
        }
        caller = frame;
    }
    uint32_t others = walk->count - walk->own;
    walk->own = way->own + (way->kept > others ? way->kept - others : 0);
    walk->count = walk->known = kept;
    walk->depth = kept - walk->own;
    if (way->kept == 0)
        walk->is_cut = way->is_cut;
    walk->in_loader =
        walk->depth > 0 &&
        rp_rules_is_loader(walk->frames[walk->depth - 1].step.rule);
    return caller->node;
}

// The end of the way by a frame that cannot be right.
static bool stop(struct way *way) {
    way->steps = way->sure;
    if (way->own > way->steps)
        way->own = way->steps;
    way->is_loose = true;
    return true;
}

// Whether the new stack is of a size that allows to end like the last one with
// its outermost `kept` frames.
static inline bool fits(const struct rp_walk *walk,
                        const struct rp_walk_tools *tools,
                        const struct way *way, uint32_t kept) {
    uint32_t others = walk->count - walk->own;
    uint32_t all = way->steps - way->own + (kept < others ? kept : others);

    return walk->is_cut ? all == tools->most : all <= tools->most;
}

// The last stack's frame *kept - 1 is the frame *step, too. True: so are all
// beyond. False: if it could be told, the way has gone on to one that is not.
static inline bool compare(struct rp_walk *walk, struct way *way,
                           struct rp_walk_step *step, uint32_t *kept) {
    const struct rp_walk_frame *frames = walk->frames;
    uint32_t last = *kept - 1;
    uint32_t changed = find_changed(walk, last);
    uint32_t words = changed != 0 ? frames[changed - 1].words : 0;

    bool is_same = words_are_same(walk, words, frames[last].words);

    if (RP_LIKELY(is_same && changed == 0))
        return true;
    // What a guess has led to has to be looked at from the guess on.
    if (RP_UNLIKELY(!is_same || rp_rules_kind(frames[changed].step.rule) ==
                                    RP_RULE_NOWHERE)) {
        --*kept;
        return false;
    }
    // Up to the one that has changed, the frames are as they were.
    for (uint32_t i = last; i >= changed; i--) {
        step->rule = frames[i].step.rule;
        walk->steps[way->steps++] = *step;
        way->own += i >= walk->count - walk->own;
        step->at.address = frames[i - 1].step.at.address;
        step->at.sp = frames[i - 1].step.at.sp;
        step->bp_at = frames[i - 1].step.bp_at;
        if (step->bp_at != 0)
            step->at.bp = word_at(step->bp_at);
    }
    way->sure = way->steps;
    step->at.address = word_at(step->at.sp - 8);
    *kept = changed - 1;
    return false;
}

// Whether the way ends in the last stack, here or from a frame on that this
// moves to. *kept: frames of the last stack that are not ruled out.
static inline bool joins(struct rp_walk *walk,
                         const struct rp_walk_tools *tools, struct way *way,
                         struct rp_walk_step *step, uint32_t *kept) {
    for (;;) {
        while (*kept > 0 && walk->frames[*kept - 1].step.at.sp < step->at.sp)
            --*kept;
        if (*kept == 0)
            return false;
        const struct rp_walk_frame *last = &walk->frames[*kept - 1];
        if (last->step.at.sp != step->at.sp ||
            last->step.at.address != step->at.address ||
            (last->needs_bp && last->step.at.bp != step->at.bp))
            return false;
        if (RP_UNLIKELY(
                !fits(walk, tools, way, *kept) ||
                !rp_bounds_reach(&walk->bounds, walk->frames[0].step.at.sp)))
            return false;
        if (compare(walk, way, step, kept))
            return true;
    }
}

// The rule of the frame at `address`. Often the last stack had the same address
// as many frames further out than its innermost one (*guess - 1), though not
// at the same place: then its rule is at hand, and, what counts more, the
// processor need not wait for the address to go on by it.
static inline uint64_t rule_of(const struct rp_walk *walk,
                               const struct rp_walk_tools *tools,
                               uint64_t address, bool is_own, uint32_t *guess) {
    if (*guess > 0) {
        const struct rp_walk_step *step = &walk->frames[--*guess].step;
        if (RP_LIKELY(step->at.address == address))
            return step->rule;
    }
    return tools->by_pointers && !is_own ? pointer_rule
                                         : rp_rules_find(tools->rules, address);
}

// From `step` on, which is in our own code. false: not understood.
__attribute__((always_inline)) static inline bool go(
    struct rp_walk *walk, const struct rp_walk_tools *tools,
    struct rp_walk_step step, struct way *way) {
    uint32_t candidates = walk->count;
    uint32_t guess = walk->known;

    for (;;) {
        if (joins(walk, tools, way, &step, &candidates)) {
            way->kept = candidates;
            // Another frame may keep its bp now.
            walk->frames[candidates - 1].step.bp_at = step.bp_at;
            walk->frames[candidates - 1].step.at.bp = step.at.bp;
            return true;
        }
        bool is_own = way->own == way->steps &&
                      (way->own == 0 || step.at.address - tools->own_start <
                                            tools->own_end - tools->own_start);
        if (RP_UNLIKELY(step.at.address == 0))
            return stop(way);
        if (RP_UNLIKELY(way->steps - way->own == tools->most)) {
            way->is_cut = true;
            return way->is_guessing ? stop(way) : true;
        }
        step.rule = rule_of(walk, tools, step.at.address, is_own, &guess);
        enum rp_rule_kind kind = rp_rules_kind(step.rule);
        walk->steps[way->steps++] = step;
        way->own += is_own;
        if (RP_UNLIKELY(way->own == RP_OWN_FRAMES))
            return false;
        if (RP_UNLIKELY(kind == RP_RULE_NOWHERE)) {
            way->is_guessing = true;
        } else {
            way->is_guessing = kind == RP_RULE_SILENT;
            way->sure = way->steps;
        }
        enum step result = step_out(walk, &step);
        if (RP_LIKELY(result == STEP_DONE))
            continue;
        if (result == STEP_HARD)
            return false;
        return result == STEP_END || tools->by_pointers ? true : stop(way);
    }
}

// What is left to do when something has changed.
__attribute__((noinline)) static uint32_t walk_on(
    struct rp_walk *walk, const struct rp_walk_tools *tools, uint64_t address,
    uint64_t sp, uint64_t bp, bool *fresh) {
    struct rp_walk_step from = {.at = {address, sp, bp}};
    struct way way = {0};
    uint32_t node = RP_WALK_HARD;

    if (RP_UNLIKELY(!rp_bounds_enter(&walk->bounds, sp)))
        walk->count = 0;
    else if (RP_LIKELY(go(walk, tools, from, &way)))
        node = put(walk, tools, &way, fresh);
    if (RP_UNLIKELY(node == 0 || node == RP_WALK_HARD || way.is_loose))
        walk->count = 0;
    return node;
}

uint32_t rp_walk_stack(struct rp_walk *walk, const struct rp_walk_tools *tools,
                       uint64_t address, uint64_t sp, uint64_t bp,
                       bool *fresh) {
    // acquire [rules]: that the dropped ones are gone
    uint32_t version = load_acquire(&tools->rules->version);

    if (RP_UNLIKELY(walk->version != version)) {
        walk->count = walk->known = 0;
        walk->version = version;
    }
    if (walk->count > 0) {
        const struct rp_walk_frame *last = &walk->frames[walk->count - 1];
        if (last->step.at.sp == sp && last->step.at.address == address &&
            (!last->needs_bp || last->step.at.bp == bp) &&
            find_changed(walk, walk->count - 1) == 0 &&
            words_are_same(walk, 0, last->words))
            return last->node;
    }
    return walk_on(walk, tools, address, sp, bp, fresh);
}
