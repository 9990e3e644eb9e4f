// passing.h - which blocks the filter of an answer lets pass, of those that are
// born and die while a recording is seen again (analysis_see).
//
// What a filter asks of a block that no change of the heap tells is kept here:
// the heap of its span, its tag, the call site of its stack.
#ifndef RPSCOPE_ANSWER_PASSING_H
#define RPSCOPE_ANSWER_PASSING_H

#include "viewer/answer/answer.h"
#include "viewer/metric/replay.h"

// What is known of a block while it lives.
struct passing_block {
    uint32_t birth; // whose it is that sees them; 0: none lives here
    uint16_t tag;   // place in the list of tags
    bool passes;    // whose it is that sees them
};

struct passing_span {
    uint32_t heap, capacity;
    struct passing_block *blocks;
};

struct passing {
    struct answer *answer;
    const struct block_filter *filter;
    struct pool *pool;
    struct ring_index places; // in spans, of each span's number
    struct passing_span *spans;
    size_t span_count, span_capacity;
    struct ring_index tags; // place in the list of tags, of each ring
    struct site *sites;     // by stack as in whole->metrics.stacks
    uint8_t *of_site;       // of each, whether it is known, and passes
};

// Into a zeroed one; memory comes from the pool of the answer.
void passing_start(struct passing *passing, struct answer *answer);
void passing_free(struct passing *passing);
// It begins at the start of the recording.
void passing_begin(struct passing *passing);
// It begins here: what lives, and which tags there are.
void passing_begin_at(struct passing *passing, const struct replay *replay);

// Any change, before or after its block is looked at.
void passing_see(struct passing *passing, const struct heap_change *change);
// The place of the block that is born or dies.
struct passing_block *passing_block(struct passing *passing,
                                    const struct heap_change *change);
// Whether the block passes, that lives from its birth to `now` (steps).
bool passing_holds(struct passing *passing, const struct heap_change *change,
                   uint64_t now);
// The same of one that lives in the span while they are seen.
bool passing_lived(struct passing *passing, const struct span *span,
                   uint32_t number, uint64_t now);
// The same of one that lives at the moment of the replay.
bool passing_lives(struct passing *passing, const struct replay *replay,
                   const struct span *span, uint32_t number);

#endif
