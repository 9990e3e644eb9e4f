// block_set.h - a set of blocks of one span, a bit each.
#ifndef RP_CORE_SPAN_BLOCK_SET_H
#define RP_CORE_SPAN_BLOCK_SET_H

#include "core/span/span.h"

struct block_set {
    uint64_t words[SPAN_BYTES / BLOCK_ALIGN / 64];
};

// Not by memset: a signal handler must see that it came in the middle of our
// own work, which it knows by the code (malloc/signal.c).
static inline void block_set_clear(struct block_set *set) {
    for (unsigned i = 0; i < sizeof set->words / sizeof *set->words; ++i) {
        set->words[i] = 0;
        fence_signal(); // so that no compiler makes it memset
    }
}

static inline void block_set_add(struct block_set *set, uint32_t block) {
    set->words[block / 64] |= UINT64_C(1) << block % 64;
}

static inline int block_set_has(const struct block_set *set, uint32_t block) {
    return (int)(set->words[block / 64] >> block % 64 & 1);
}

// Adds the blocks of a list; not more than the span has, for a list that a
// vanished thread left broken must not hold us.
static inline void block_set_add_list(struct block_set *set,
                                      const struct span *span,
                                      const struct block *list) {
    for (uint32_t i = 0; list != NULL && i < span->capacity; ++i) {
        block_set_add(set, span_block_index(span, list));
        list = list->next;
    }
}

#endif
