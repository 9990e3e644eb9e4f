// cache.h - inner ends of stacks, as a thread was seen in them before.
//
//   outermost                                    innermost
//   [ frames of some stack that is kept ][ frames of a cached one ]
//                                       ^ met
//
// A program that comes to a place with the stack pointer of another time has
// mostly come the same way, or one of a few. So what is found at a place is
// kept by place and stack pointer, and by what lies where the last stack that
// was walked has its return addresses, if that one led to this place, too: the
// node of the whole stack, and all words of memory that the way to a frame of
// another stack follows from. When those words are what they were, so is the
// way; no frame is walked, and nothing is written. The frames beyond belong to
// the other stack, and are compared there.
//
// The thread's own.
#ifndef RP_INSTRUMENT_STACK_CACHE_H
#define RP_INSTRUMENT_STACK_CACHE_H

#include "core/base/bits.h"
#include "core/os/check.h"
#include "instrument/stack/words.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RP_CACHED_WORDS = 12,
    RP_CACHED_FRAMES = 9, // as many as the words mostly suffice for
    RP_STACK_CACHE_MOST = 1 << 10,
    RP_STACK_CACHE_FIRST = 1 << 2, // what a short thread needs
};

struct rp_cached_stack {
    uint64_t address; // where the innermost frame goes on; 0: nothing is kept
    uint64_t sp;
    uint64_t bp;       // that it has to have, if needs_bp
    uint64_t met_sp;   // of the frame that is met
    uint64_t met_bp;   // that it had
    uint32_t node;     // of the whole stack
    uint32_t met_node; // of the frame that is met
    uint32_t met;      // how many frames it and all beyond are
    uint16_t frames;   // of the whole stack
    uint8_t count;     // of words, a multiple of four: some may be there twice
    bool needs_bp;
    bool in_loader; // the innermost frame is the loader's
    _Alignas(64) struct rp_word words[RP_CACHED_WORDS];
};

static_assert(sizeof(struct rp_cached_stack) == 256, "whole lines");

// Begins small, beside all else that a thread needs at first.
struct rp_stack_cache {
    uint64_t mask; // how many there are, less 1
    uint64_t kept; // stacks, so far
    struct rp_cached_stack *all;
    _Alignas(64) struct rp_cached_stack first[RP_STACK_CACHE_FIRST];
};

static inline void rp_stack_cache_start(struct rp_stack_cache *cache) {
    cache->mask = RP_STACK_CACHE_FIRST - 1;
    cache->all = cache->first;
}

// More places, all empty, if there is memory.
void rp_stack_cache_grow(struct rp_stack_cache *cache);

// One is to be kept: a thread that keeps on doing so gets more places.
static inline void rp_stack_cache_count(struct rp_stack_cache *cache) {
    if (RP_UNLIKELY(++cache->kept == 8 * RP_STACK_CACHE_FIRST))
        rp_stack_cache_grow(cache);
}

// By what a stack is kept: its place, to which words may be added.
static inline uint64_t rp_stack_cache_key(uint64_t address, uint64_t sp) {
    return address ^ sp << 20;
}
static inline uint64_t rp_stack_cache_add(uint64_t key, uint64_t word) {
    return (key << 9 | key >> 55) ^ word;
}

// Where the stack is kept, if it is.
static inline struct rp_cached_stack *rp_stack_cache_at(
    struct rp_stack_cache *cache, uint64_t key) {
    uint64_t hash = key * 0x9e3779b97f4a7c15u;

    return &cache->all[hash >> 48 & cache->mask];
}

static inline bool rp_stack_cache_is(const struct rp_cached_stack *cached,
                                     uint64_t address, uint64_t sp,
                                     uint64_t bp) {
    return cached->address == address && cached->sp == sp &&
           (!cached->needs_bp || cached->bp == bp);
}

// Forgets all.
static inline void rp_stack_cache_clear(struct rp_stack_cache *cache) {
    for (uint64_t i = 0; i <= cache->mask; i++)
        cache->all[i].address = 0;
}

#endif
