// outgoing.h - blocks of other heaps on their way back, gathered by span.
//
// A free into a foreign span costs an atomic operation on a line that the owner
// and others write. So a thread gathers such blocks in a small table and pushes
// a whole chain at once: when a chain is long, when another span needs its
// place, before the heap takes a new span, and when the thread gives its heap
// up or collects. At most OUTGOING_SPANS * OUTGOING_BYTES bytes wait here, or a
// block each.
//
// Invariant: a chain's blocks count as used in their span, which therefore
//            stays what it is until they have been pushed.
// Plain data of one thread; no atomics.
#ifndef RP_CORE_SPAN_OUTGOING_H
#define RP_CORE_SPAN_OUTGOING_H

#include "core/base/bits.h"
#include "core/span/span.h"

enum { OUTGOING_SPANS = 64, OUTGOING_BYTES = 8192 };

struct outgoing_chain {
    struct span *span; // NULL: none
    struct block *first;
    struct block *last;
    uint32_t count;
    uint32_t bytes;
};

struct outgoing {
    struct outgoing_chain chains[OUTGOING_SPANS];
    uint64_t begun; // places that may have a chain, a bit each
};

// Where the chain of a span stands, if there is one.
static inline unsigned outgoing_place(const struct span *span) {
    return span->number % OUTGOING_SPANS;
}

// Fast path: gathers a block of a foreign span that has a chain with room.
// 0: it has not, or the block is the chain's last one already.
static inline int outgoing_add(struct outgoing *table, const struct span *span,
                               struct block *block) {
    struct outgoing_chain *chain = &table->chains[outgoing_place(span)];
    uint32_t bytes = chain->bytes + span->block_bytes;

    if (RP_UNLIKELY(chain->span != span || bytes > OUTGOING_BYTES ||
                    chain->first == block))
        return 0;
    block->next = chain->first;
    chain->first = block;
    chain->count += 1;
    chain->bytes = bytes;
    return 1;
}

// Begins a chain with the block, in place of the one that is there. 1: that
// one, *due, has to be pushed.
static inline int outgoing_begin(struct outgoing *table, struct span *span,
                                 struct block *block,
                                 struct outgoing_chain *due) {
    unsigned place = outgoing_place(span);
    struct outgoing_chain *chain = &table->chains[place];

    *due = *chain;
    block->next = NULL;
    *chain = (struct outgoing_chain){span, block, block, 1, span->block_bytes};
    table->begun |= UINT64_C(1) << place;
    return due->span != NULL;
}

// Takes a chain out. 0: there is none.
static inline int outgoing_take(struct outgoing *table,
                                struct outgoing_chain *taken) {
    // Nothing is written into that of rp_no_heap, which all threads share.
    while (table->begun != 0) {
        struct outgoing_chain *chain = &table->chains[lowest_bit(table->begun)];
        *taken = *chain;
        table->begun &= table->begun - 1;
        chain->span = NULL;
        if (taken->span != NULL)
            return 1;
    }
    return 0;
}

// The chain of a span, or NULL.
static inline const struct outgoing_chain *outgoing_find(
    const struct outgoing *table, const struct span *span) {
    const struct outgoing_chain *chain = &table->chains[outgoing_place(span)];

    return chain->span == span ? chain : NULL;
}

#endif
