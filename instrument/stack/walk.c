// walk.c - see walk.h.
#include "instrument/stack/walk.h"

#include "instrument/stack/walk_cached.h"
#include "instrument/stack/walk_step.h"

#include <string.h>

// ---- the last stack ----

// How many frames of the last stack there are from the outermost to the first
// one, on the way outwards from frame `index`, that has another return address
// now; 0: none has. All can be read.
static inline uint32_t find_changed(const struct rp_walk *walk,
                                    uint32_t index) {
    if (rp_words_are_same(walk->returns, index))
        return 0;
    while (rp_word_change(&walk->returns[index - 1]) == 0)
        index--;
    return index;
}

static void keep_word(struct rp_walk *walk, uint32_t *words, uint64_t address,
                      uint64_t value) {
    walk->words[(*words)++] = (struct rp_word){address, value};
}

// Notes on what the way from `frame` to its caller depends.
static inline void keep_needs(struct rp_walk *walk, struct rp_walk_frame *frame,
                              const struct rp_walk_frame *caller) {
    uint32_t rule = frame->step.rule;
    enum rp_rule_kind kind = rp_unwind_rules_kind(rule);
    uint32_t words = caller->words;

    if (RP_UNLIKELY(caller->needs_bp) && caller->step.bp_at != 0)
        keep_word(walk, &words, caller->step.bp_at, caller->step.at.bp);
    if (kind == RP_RULE_AT_BP)
        keep_word(walk, &words, frame->step.at.bp + rp_unwind_rules_cfa(rule),
                  caller->step.at.sp);
    frame->needs_bp =
        (kind != RP_RULE_SP) | (caller->needs_bp & (caller->step.bp_at == 0));
    frame->words = (uint16_t)words;
}

// ---- a stack ----

// Steps, word by word: copied in larger pieces soon after they were written,
// the processor would have to wait until they are in its cache.
static inline void keep_step(struct rp_walk *walk, uint32_t index,
                             const struct rp_walk_step *step) {
    volatile struct rp_walk_step *to = &walk->steps[index];

    to->at.address = step->at.address;
    to->at.sp = step->at.sp;
    to->at.bp = step->at.bp;
    to->bp_at = step->bp_at;
    to->rule = step->rule;
}

static inline struct rp_walk_step kept_step(const struct rp_walk *walk,
                                            uint32_t index) {
    const volatile struct rp_walk_step *from = &walk->steps[index];

    return (struct rp_walk_step){
        .at = {from->at.address, from->at.sp, from->at.bp},
        .bp_at = from->bp_at,
        .rule = from->rule,
    };
}

struct way {
    uint32_t steps; // so far
    uint32_t sure;  // of them, up to the last one into known code
    uint32_t kept;  // frames of the last stack that end it
    bool is_cut;
    bool is_loose; // how it ends, depends on more than is kept
    bool is_long;  // there is no room for all of its frames
};

static const struct rp_walk_frame no_frame;

static inline const struct rp_walk_frame *frame_beyond(
    const struct rp_walk *walk, uint32_t frames) {
    return frames > 0 ? &walk->frames[frames - 1] : &no_frame;
}

// The nodes of the frames from way->kept on. Returns the innermost one; 0:
// there is no place for one.
static inline uint32_t find_nodes(struct rp_walk *walk,
                                  const struct rp_walk_tools *tools,
                                  const struct way *way, bool *is_new) {
    uint32_t node = frame_beyond(walk, way->kept)->node;

    for (uint32_t i = way->kept; i < walk->count; i++) {
        struct rp_walk_frame *frame = &walk->frames[i];
        node = rp_tree_child(tools->tree, node, frame->hash,
                             frame->step.at.address, is_new);
        if (RP_UNLIKELY(node == 0))
            break;
        frame->node = node;
    }
    return node;
}

// Puts the steps of the way upon the frames that are kept of the last stack.
// Returns the node; 0: there is no place for it.
static uint32_t put(struct rp_walk *walk, const struct rp_walk_tools *tools,
                    const struct way *way, bool *is_new) {
    const struct rp_walk_frame *caller = frame_beyond(walk, way->kept);
    uint32_t count = way->kept;

    for (uint32_t i = way->steps; i-- > 0;) {
        struct rp_walk_frame *frame = &walk->frames[count];
        frame->step = kept_step(walk, i);
        frame->hash = rp_tree_hash(caller->hash, frame->step.at.address);
        rp_tree_expect(tools->tree, frame->hash);
        walk->returns[count++] =
            (struct rp_word){frame->step.at.sp - 8, frame->step.at.address};
        if (RP_UNLIKELY(caller == &no_frame)) {
            // Where pointers end, it is the last one that says so.
            frame->needs_bp = tools->by_pointers;
            frame->words = 0;
        } else {
            keep_needs(walk, frame, caller);
        }
        caller = frame;
    }
    walk->count = count;
    if (way->kept == 0)
        walk->is_cut = way->is_cut;
    walk->in_loader = count > 0 && rp_unwind_rules_is_loader(caller->step.rule);
    return find_nodes(walk, tools, way, is_new);
}

enum meeting {
    MEETING_NONE,
    MEETING_WHOLE, // all frames beyond are those of the last stack
    MEETING_PART,  // those up to one that has another return address
};

// Whether the last stack has the frame of *step, too, and so those beyond.
// *candidates: frames of the last stack that are not ruled out; the innermost
// one of them is the one that is met. *changed: see find_changed.
__attribute__((always_inline)) static inline enum meeting meet(
    struct rp_walk *walk, const struct rp_walk_tools *tools, uint32_t steps,
    const struct rp_walk_step *step, uint32_t *candidates, uint32_t *changed) {
    const struct rp_walk_frame *frames = walk->frames;
    uint32_t count = *candidates;

    while (count > 0 && walk->returns[count - 1].address < step->at.sp - 8)
        count--;
    *candidates = count;
    if (count == 0 || walk->returns[count - 1].address != step->at.sp - 8 ||
        walk->returns[count - 1].value != step->at.address)
        return MEETING_NONE;
    const struct rp_walk_frame *met = &frames[count - 1];
    if (met->needs_bp && met->step.at.bp != step->at.bp)
        return MEETING_NONE;
    if (RP_UNLIKELY(!fits(walk, tools, steps + count) ||
                    !rp_bounds_reach(&walk->bounds, frames[0].step.at.sp)))
        return MEETING_NONE;

    uint32_t first = find_changed(walk, count - 1);
    uint32_t words = first != 0 ? frames[first - 1].words : 0;
    bool is_same = rp_words_are_same(&walk->words[words], met->words - words);
    *changed = first;
    if (RP_LIKELY(is_same && first == 0))
        return MEETING_WHOLE;
    // What a guess has led to has to be looked at from the guess on.
    if (RP_LIKELY(is_same && rp_unwind_rules_kind(frames[first].step.rule) !=
                                 RP_RULE_NOWHERE))
        return MEETING_PART;
    *candidates = count - 1;
    return MEETING_NONE;
}

// The way goes on over the frames of the last stack from the innermost one of
// `count` to the one inside of frame `changed` - 1. Returns the steps.
__attribute__((noinline)) static uint32_t pass(struct rp_walk *walk,
                                               uint32_t steps,
                                               struct rp_walk_step *step,
                                               uint32_t count,
                                               uint32_t changed) {
    const struct rp_walk_frame *frames = walk->frames;

    for (uint32_t i = count - 1; i >= changed; i--) {
        step->rule = frames[i].step.rule;
        keep_step(walk, steps++, step);
        step->at.address = frames[i - 1].step.at.address;
        step->at.sp = frames[i - 1].step.at.sp;
        step->bp_at = frames[i - 1].step.bp_at;
        if (step->bp_at != 0)
            step->at.bp = rp_word_at(step->bp_at);
    }
    step->at.address = rp_word_at(step->at.sp - 8);
    return steps;
}

// The end of the way by a frame that cannot be right.
static bool stop(struct way *way) {
    way->steps = way->sure;
    way->is_loose = true;
    return true;
}

// The end of the way where there is no room for its next frame.
static bool leave_off(struct way *way) {
    way->is_long = true;
    return false;
}

// From `step` on. What changes with each step is kept out of memory. false: not
// understood, or too long.
__attribute__((always_inline)) static inline bool go(
    struct rp_walk *walk, const struct rp_walk_tools *tools,
    struct rp_walk_step step, struct way *way) {
    uint32_t candidates = walk->count, steps = 0, sure = 0, changed = 0;
    uint32_t most = tools->most < walk->room ? tools->most : walk->room;
    bool is_guessing = false; // since the last known code
    enum step result = STEP_DONE;

    while (RP_LIKELY(result == STEP_DONE)) {
        enum meeting meeting =
            meet(walk, tools, steps, &step, &candidates, &changed);
        if (meeting == MEETING_WHOLE) {
            // Another frame may keep its bp now.
            walk->frames[candidates - 1].step.bp_at = step.bp_at;
            walk->frames[candidates - 1].step.at.bp = step.at.bp;
            way->kept = candidates;
            way->steps = steps;
            return RP_LIKELY(steps + candidates <= walk->room) ? true
                                                               : leave_off(way);
        }
        if (RP_UNLIKELY(meeting == MEETING_PART)) {
            struct rp_walk_step copy = step; // which stays in registers
            if (steps + candidates > walk->room)
                return leave_off(way);
            steps = sure = pass(walk, steps, &copy, candidates, changed);
            step = copy;
            candidates = changed - 1;
            is_guessing = rp_unwind_rules_kind(step.rule) == RP_RULE_SILENT;
            continue;
        }
        if (RP_UNLIKELY(step.at.address == 0 || steps == most)) {
            if (step.at.address != 0 && steps < tools->most)
                return leave_off(way);
            break;
        }
        step.rule = tools->by_pointers ? pointer_rule
                                       : find_rule(tools, step.at.address);
        enum rp_rule_kind kind = rp_unwind_rules_kind(step.rule);
        keep_step(walk, steps++, &step);
        if (RP_UNLIKELY(kind == RP_RULE_NOWHERE)) {
            is_guessing = true;
        } else {
            is_guessing = kind == RP_RULE_SILENT;
            sure = steps;
        }
        result = step_out(walk, &step);
    }
    way->steps = steps;
    way->sure = sure;
    if (result == STEP_HARD)
        return false;
    if (result == STEP_DONE && step.at.address != 0) {
        way->is_cut = true;
        return is_guessing ? stop(way) : true;
    }
    return result == STEP_END || (result == STEP_WILD && tools->by_pointers)
               ? true
               : stop(way);
}

__attribute__((cold, noinline)) static struct rp_walk_own *own_fill(
    struct rp_walk *walk, const struct rp_walk_tools *tools, uint64_t address) {
    struct rp_walk_own *own = &walk->own[address % RP_OWN_RULES];
    uint32_t rule = find_rule(tools, address);

    if (own->address != 0)
        own = &walk->own[address % RP_OWN_RULES ^ 1];
    own->address = address;
    own->rule = rule;
    own->bp = rp_unwind_rules_bp(rule);
    own->cfa = rp_unwind_rules_kind(rule) == RP_RULE_SP
                   ? rp_unwind_rules_cfa(rule)
                   : 0;
    return own;
}

__attribute__((cold, noinline)) static enum step own_step(
    struct rp_walk *walk, const struct rp_walk_own *own,
    struct rp_walk_step *step) {
    step->rule = (uint32_t)own->rule;
    return step_out(walk, step);
}

// Moves to the first frame that is not ours. What is said of our own code is
// right, and its frames are there to be read.
__attribute__((always_inline)) static inline enum step leave(
    struct rp_walk *walk, const struct rp_walk_tools *tools,
    struct rp_walk_step *step) {
    for (unsigned i = 0; i < RP_OWN_FRAMES; i++) {
        if (RP_LIKELY(step->at.address - tools->own_start >=
                      tools->own_end - tools->own_start))
            return STEP_DONE;
        const struct rp_walk_own *own = own_at(walk, step->at.address);
        if (RP_UNLIKELY(own->address != step->at.address))
            own = own_fill(walk, tools, step->at.address);
        if (RP_LIKELY(own->cfa != 0)) {
            step->at.sp += own->cfa;
            if (own->bp != 0)
                step->at.bp = rp_word_at(step->at.sp - own->bp);
            step->at.address = rp_word_at(step->at.sp - 8);
        } else {
            struct rp_walk_step copy = *step; // which stays in registers
            enum step result = own_step(walk, own, &copy);
            if (result != STEP_DONE)
                return result;
            *step = copy;
        }
    }
    return STEP_HARD;
}

// What is left to do when something has changed.
__attribute__((noinline)) static uint32_t walk_on(
    struct rp_walk *walk, const struct rp_walk_tools *tools,
    struct rp_frame first, uint64_t key, bool *fresh) {
    struct rp_walk_step from = {.at = first};
    struct way way = {0};
    uint32_t node = RP_WALK_HARD;

    walk->hit = NULL;
    bool is_known = go(walk, tools, from, &way);
    if (RP_UNLIKELY(way.is_long) && rp_walk_grow(walk)) {
        way = (struct way){0};
        is_known = go(walk, tools, from, &way);
    }
    if (RP_LIKELY(is_known))
        node = put(walk, tools, &way, fresh);
    if (RP_UNLIKELY(node == 0 || node == RP_WALK_HARD || way.is_loose))
        walk->count = 0;
    else if (way.kept > 0)
        keep_in_cache(walk, way.kept, key);
    return node;
}

// What was made of rules is no longer to be believed.
__attribute__((cold, noinline)) static void forget(struct rp_walk *walk,
                                                   uint32_t version) {
    walk->count = 0;
    memset(walk->own, 0, sizeof walk->own);
    rp_stack_cache_clear(&walk->cache);
    rp_repeated_forget(&walk->repeated);
    walk->version = version;
}

// There is no stack but our own frames, or none that is understood.
__attribute__((cold, noinline)) static uint32_t give_up(struct rp_walk *walk,
                                                        enum step why) {
    walk->count = 0;
    return why == STEP_HARD ? RP_WALK_HARD : 0;
}

uint32_t rp_walk_stack(struct rp_walk *walk, const struct rp_walk_tools *tools,
                       uint64_t address, uint64_t sp, uint64_t bp,
                       bool *fresh) {
    // acquire [rules]: that the dropped ones are gone
    uint32_t version = load_acquire(&tools->rules->version);
    struct rp_walk_step from = {.at = {address, sp, bp}};

    if (RP_UNLIKELY(walk->version != version))
        forget(walk, version);
    enum step left = RP_LIKELY(rp_bounds_enter(&walk->bounds, sp))
                         ? leave(walk, tools, &from)
                         : STEP_HARD;
    if (RP_UNLIKELY(left != STEP_DONE))
        return give_up(walk, left);
    uint64_t key = key_of(walk, &from.at);
    const struct rp_cached_stack *cached = rp_stack_cache_at(&walk->cache, key);
    if (rp_stack_cache_is(cached, from.at.address, from.at.sp, from.at.bp) &&
        is_cached(walk, tools, cached)) {
        walk->in_loader = cached->in_loader;
        if (walk->hit != cached) {
            walk->hit = cached;
            walk->hits = 0;
        } else if (RP_UNLIKELY(++walk->hits == RP_REPEATED_TIMES)) {
            keep_repeated(walk, tools, cached,
                          (struct rp_frame){address, sp, bp});
        }
        return cached->node;
    }
    return walk_on(walk, tools, from.at, key, fresh);
}
