// outgoing.h - blocks of other heaps on their way back, gathered by span.
//
// A free into a foreign span costs an atomic operation on a line that the owner
// and others write. So a thread gathers such blocks in a small table and pushes
// a whole chain at once: when a chain is long, when another span takes its
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

enum { OUTGOING_SPANS = 64, OUTGOING_BYTES = 8192, OUTGOING_TURNS = 16 };

struct outgoing_chain {
    struct span *span; // NULL: none
    struct block *first;
    struct block *last;
    uint32_t left; // so many more have room
    uint32_t most;
};

struct outgoing {
    struct outgoing_chain chains[OUTGOING_SPANS];
    uint64_t begun; // places that may have a chain, a bit each
    uint32_t turns; // blocks so far whose place was another span's
};

// Where the chain of a span stands, if there is one.
static inline unsigned outgoing_place(const struct span *span) {
    return span->number % OUTGOING_SPANS;
}

// How many blocks of a span a chain may have.
static inline uint32_t outgoing_most(const struct span *span) {
    uint32_t most = block_index(span->reciprocal, OUTGOING_BYTES);

    return most > 0 ? most : 1;
}

static inline uint32_t outgoing_count(const struct outgoing_chain *chain) {
    return chain->most - chain->left;
}

// Fast path: gathers a block of a foreign span that has a chain with room.
// 0: it has not, or the block is the chain's last one already.
static inline int outgoing_add(struct outgoing *table, const struct span *span,
                               struct block *block) {
    struct outgoing_chain *chain = &table->chains[outgoing_place(span)];

    if (RP_UNLIKELY(chain->span != span || chain->left == 0 ||
                    chain->first == block))
        return 0;
    block->next = chain->first;
    chain->first = block;
    chain->left -= 1;
    return 1;
}

// Whether a chain of the span may begin: in an empty place, in place of its
// own, or, one time in OUTGOING_TURNS, in place of another. Who goes from span
// to span would put away a chain of one block each time.
static inline int outgoing_yields(struct outgoing *table,
                                  const struct span *span) {
    const struct span *there = table->chains[outgoing_place(span)].span;

    return there == NULL || there == span ||
           ++table->turns % OUTGOING_TURNS == 0;
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
    uint32_t most = outgoing_most(span);
    *chain = (struct outgoing_chain){span, block, block, most - 1, most};
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
