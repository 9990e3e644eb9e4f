// walk_cached.h - the stacks that a thread had before, for rp_walk_stack.
//
// A part of walk.c, which alone includes it. What is kept of a stack (cache.h)
// is its way to a frame of the last stack, and all words that this way follows
// from; it is that stack again when these words, and those that the last stack
// follows from, are what they were.
#ifndef RP_INSTRUMENT_STACK_WALK_CACHED_H
#define RP_INSTRUMENT_STACK_WALK_CACHED_H

#include "instrument/stack/walk_state.h"

#include <string.h>

// Whether a stack of `all` frames can end like the last one.
static inline bool fits(const struct rp_walk *walk,
                        const struct rp_walk_tools *tools, uint32_t all) {
    return walk->is_cut ? all == tools->most : all <= tools->most;
}

// From which of the way's frames on the last stack is to stand for them: as far
// out as a kept stack has words for, so that it outlives many other last
// stacks.
static inline uint32_t met_by_cached(const struct rp_walk *walk,
                                     uint32_t kept) {
    const struct rp_walk_frame *frames = walk->frames;
    uint32_t count = walk->count, words = frames[count - 1].words;
    uint32_t met = count > RP_CACHED_FRAMES ? count - RP_CACHED_FRAMES : 1;

    while (met < kept &&
           count - met + words - frames[met - 1].words > RP_CACHED_WORDS)
        met++;
    return met < kept ? met : kept;
}

// Keeps the way, and what it follows from, for the next time.
static inline void keep_in_cache(struct rp_walk *walk, uint32_t kept,
                                 uint64_t key) {
    uint32_t index = met_by_cached(walk, kept), steps = walk->count - index;
    const struct rp_walk_frame *first = &walk->frames[walk->count - 1];
    const struct rp_walk_frame *met = &walk->frames[index - 1];
    uint32_t words = first->words - met->words, count = steps + words;

    if (count > RP_CACHED_WORDS)
        return;
    rp_stack_cache_count(&walk->cache);
    struct rp_cached_stack *cached = rp_stack_cache_at(&walk->cache, key);
    cached->address = first->step.at.address;
    cached->sp = first->step.at.sp;
    cached->bp = first->step.at.bp;
    cached->met_sp = met->step.at.sp;
    cached->met_bp = met->step.at.bp;
    cached->node = first->node;
    cached->met_node = met->node;
    cached->met = index;
    cached->frames = (uint16_t)walk->count;
    cached->needs_bp = first->needs_bp;
    cached->in_loader = walk->in_loader;
    for (uint32_t i = 0; i < words; i++)
        cached->words[i] = walk->words[met->words + i];
    for (uint32_t i = 0; i < steps; i++)
        cached->words[words + i] = walk->returns[index - 1 + i];
    for (; count % 4 != 0; count++)
        cached->words[count] = cached->words[0];
    cached->count = (uint8_t)count;
}

// Whether the stack is as it was when it was kept, on to its outermost frame.
static inline bool is_cached(struct rp_walk *walk,
                             const struct rp_walk_tools *tools,
                             const struct rp_cached_stack *cached) {
    const struct rp_walk_frame *met = &walk->frames[cached->met - 1];

    if (cached->met > walk->count || met->node != cached->met_node ||
        met->step.at.sp != cached->met_sp ||
        (met->needs_bp && met->step.at.bp != cached->met_bp) ||
        RP_UNLIKELY(
            !fits(walk, tools, cached->frames) ||
            !rp_bounds_reach(&walk->bounds, walk->frames[0].step.at.sp)))
        return false;
    return rp_words_are_same_by_four(cached->words, cached->count) &&
           rp_words_are_same(walk->returns, cached->met - 1) &&
           rp_words_are_same(walk->words, met->words);
}

// A rule of our own code has two places: one by its address, and that one's
// neighbour.
static inline const struct rp_walk_own *own_at(const struct rp_walk *walk,
                                               uint64_t address) {
    uint64_t place = address % RP_OWN_RULES;

    if (RP_LIKELY(walk->own[place].address == address))
        return &walk->own[place];
    return &walk->own[place ^ 1];
}

// The bp of the first frame that is not ours, where it is kept: the caller of
// our outermost frame has it there.
struct kept_bp {
    uint64_t at;
    uint64_t value;
};

// The words of our own frames, of which the first one is that of the caller of
// a hook. Returns how many; RP_REPEATED_WORDS: too many, or not so simple.
static inline uint32_t own_words(const struct rp_walk *walk,
                                 struct rp_frame frame, struct rp_word *words,
                                 struct kept_bp *bp) {
    uint32_t count = 0;

    *bp = (struct kept_bp){frame.sp - 16, frame.bp};
    for (;;) {
        const struct rp_walk_own *own = own_at(walk, frame.address);
        if (own->address != frame.address)
            return count;
        if (own->cfa == 0 || count == RP_OWN_FRAMES)
            return RP_REPEATED_WORDS;
        frame.sp += own->cfa;
        if (own->bp != 0)
            *bp = (struct kept_bp){frame.sp - own->bp,
                                   rp_word_at(frame.sp - own->bp)};
        frame.address = rp_word_at(frame.sp - 8);
        words[count++] = (struct rp_word){frame.sp - 8, frame.address};
    }
}

// How many of a cached stack's words are more than the return address of its
// innermost frame, which it is known by, and more than what fills up the last
// four.
static inline uint32_t cached_words(const struct rp_cached_stack *cached) {
    const struct rp_word *words = cached->words;
    uint32_t count = cached->count;

    while (count > 1 && words[count - 1].address == words[0].address)
        count--;
    return count > 0 && words[count - 1].address == cached->sp - 8 ? count - 1
                                                                   : count;
}

// Keeps the stack of a cached one that was found for this frame.
__attribute__((noinline)) static void keep_repeated(
    struct rp_walk *walk, const struct rp_walk_tools *tools,
    const struct rp_cached_stack *cached, struct rp_frame frame) {
    struct rp_repeated *repeated = &walk->repeated;
    const struct rp_walk_frame *met = &walk->frames[cached->met - 1];
    uint32_t returns = cached->met - 1, inner = cached_words(cached);
    struct kept_bp bp;

    rp_repeated_forget(repeated);
    uint32_t count = own_words(walk, frame, repeated->words, &bp);
    if (!tools->repeats || walk->in_loader || walk->bounds.bytes == 0 ||
        (cached->needs_bp && rp_word_at(bp.at) != bp.value) ||
        count + 1 + inner + returns + met->words + 3 > RP_REPEATED_WORDS)
        return;
    struct rp_word *words = repeated->words;
    if (cached->needs_bp)
        words[count++] = (struct rp_word){bp.at, bp.value};
    memcpy(&words[count], cached->words, inner * sizeof *words);
    count += inner;
    memcpy(&words[count], walk->returns, returns * sizeof *words);
    count += returns;
    memcpy(&words[count], walk->words, met->words * sizeof *words);
    count += met->words;
    if (count == 0) // the innermost frame is the outermost, too
        words[count++] = (struct rp_word){cached->sp - 8, cached->address};
    for (; count % 4 != 0; count++)
        words[count] = words[0];
    repeated->count = count;
    repeated->node = cached->node;
    repeated->current = &tools->rules->version;
    repeated->version = walk->version;
    repeated->address = frame.address;
    repeated->sp = frame.sp;
}

// Ways to one place, where the stack pointer is the same, differ in return
// addresses; most of these lie where those of the last stack lay.
static inline uint64_t key_of(struct rp_walk *walk,
                              const struct rp_frame *first) {
    uint64_t key = rp_stack_cache_key(first->address, first->sp);
    uint32_t count = walk->count;

    if (count == 0 || walk->returns[count - 1].address != first->sp - 8 ||
        walk->returns[count - 1].value != first->address)
        return key;
    uint32_t end = count > RP_CACHED_FRAMES ? count - RP_CACHED_FRAMES : 0;
    if (RP_UNLIKELY(
            !rp_bounds_reach(&walk->bounds, walk->returns[end].address + 8)))
        return key;
    for (uint32_t i = count - 1; i-- > end;)
        key = rp_stack_cache_add(key, rp_word_at(walk->returns[i].address));
    return key;
}

#endif
