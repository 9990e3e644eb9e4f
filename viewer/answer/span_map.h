// span_map.h - the spans of an answer one by one: what is in them, and who
// keeps them.
//
// answer.spans has every span that is mapped, in the order of segments and
// within them; huge mappings come last, each one span. What follows looks at
// the blocks of the heap at the answer's moment.
#ifndef RPSCOPE_ANSWER_SPAN_MAP_H
#define RPSCOPE_ANSWER_SPAN_MAP_H

#include "viewer/answer/answer.h"

enum span_kind {
    SPAN_OF_BLOCKS,    // cut into blocks of one size, some of them live
    SPAN_WAITS,        // the same, none live, but some not taken back yet
    SPAN_KEPT_EMPTY,   // a heap keeps it without a block
    SPAN_OF_LARGE,     // the first of a large block, or a huge one
    SPAN_MORE_LARGE,   // another of a large block
    SPAN_THREAD_CACHE, // empty, in the cache of a heap
    SPAN_GLOBAL_CACHE, // empty, in the cache of all
    SPAN_UNUSED,       // of its segment, and nobody's
    SPAN_KINDS
};

struct answer_span {
    uint32_t number;
    uint32_t segment; // number; ANSWER_NONE: a huge block
    uint32_t index;   // within its segment, from 0
    uint8_t kind;     // enum span_kind
    uint8_t class_index;
    uint32_t heap; // that has it, or its thread cache; 0 for others
    uint32_t run;  // spans of a large block, else 1
    uint32_t blocks, live, deferred, block_bytes;
    uint64_t bytes;      // in all
    uint64_t gone_bytes; // of these, given back to the system
    uint64_t used_bytes;
    uint64_t free_bytes; // that its live blocks keep from going back
    // Of the live blocks, when span_look_at has been there.
    bool looked_at;
    uint64_t oldest_ns, newest_ns; // births
    uint32_t site; // that has most of them; ANSWER_NONE: nobody is there
};

// A place for a block in a span.
struct answer_block {
    uint32_t number;
    bool live;
    bool other; // than those that the filter lets pass
    uint64_t wanted;
    uint64_t birth_ns;
    uint32_t site; // of the block, or of the last one here; ANSWER_NONE: there
                   // never was one
};

// Live blocks of one site in some spans.
struct answer_tenant {
    uint32_t site;
    uint64_t blocks, bytes;
};

// The index of the first span whose number is not below; of the last one when
// all are. There must be one.
size_t span_map_find(const struct answer *answer, uint32_t number);

// Places of a span (index in answer.spans), by number. They belong to the
// answer, and stay until the next call.
const struct answer_block *span_blocks(struct answer *answer, size_t span,
                                       size_t *count);
// Whose blocks live in `count` spans from the first on: who has most comes
// first. As above.
const struct answer_tenant *span_tenants(struct answer *answer, size_t first,
                                         size_t count, size_t *tenants);
// Fills in what only a look at the blocks tells.
const struct answer_span *span_look_at(struct answer *answer, size_t span);

// The spans of the segment that the span is in: the first, and how many.
size_t span_segment(const struct answer *answer, size_t span, size_t *count);

void span_map_fill(struct answer *answer);

#endif
