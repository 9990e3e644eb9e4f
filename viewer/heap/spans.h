// spans.h - the spans of the recorded heap, found by number.
//
// Segments are small dense numbers, so a span is found by two look-ups in
// tables; huge blocks have serial numbers of any size and are found by hash.
// Numbers come from the trace and are bounded here.
//
// Invariant: slots[0 .. touched) of a span are told of; those above it never
// had a block, and their memory is not looked at.
//
// A span may be packed: its slots stand elsewhere, and are had when somebody
// needs them (spans_unpack). Until then it has none, and is as any other but
// for that: the fast path of blocks.h lets it pass.
#ifndef RPSCOPE_HEAP_SPANS_H
#define RPSCOPE_HEAP_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pool.h"

#define SPAN_HUGE_BIT 0x80000000u

enum span_place {
    SPAN_AWAY,       // not mapped
    SPAN_IN_SEGMENT, // never used, or given up
    SPAN_IN_GLOBAL,  // global cache
    SPAN_IN_THREAD,  // thread cache of `heap`
    SPAN_IN_HEAP,    // serves blocks in `heap`
    SPAN_IN_RUN,     // not the first of a run of a large block
};

// A block, live or not. Large and huge blocks ask for more than 32 bits: see
// span.used.
struct slot {
    uint64_t birth;  // steps; SLOT_FREE when no block lives here
    uint32_t wanted; // bytes
    uint32_t stack;  // node of the last block here, or SLOT_NEVER
};
#define SLOT_FREE UINT64_MAX
#define SLOT_NEVER UINT32_MAX // stack: no block was ever here

// How many live blocks of one stack are in a span.
struct span_share {
    uint32_t stack; // node
    uint32_t blocks;
};

struct span {
    struct slot *slots;
    uint32_t slot_capacity;
    uint32_t touched; // slots that are told of
    uint32_t number;
    uint8_t place;       // enum span_place
    uint8_t class_index; // while in a heap
    uint8_t state;       // enum trace_span_state
    bool packed;
    uint32_t heap; // of the heap or of the thread cache
    // Spans of a large block's run, 1 for others; SPAN_IN_RUN: how many spans
    // the first of the run is before this one.
    uint32_t run;
    uint32_t blocks; // capacity
    uint32_t live;
    uint32_t deferred;
    uint32_t block_bytes; // 0 for large and huge
    uint64_t decommitted; // bytes, of this span
    uint64_t bytes;       // of this span, or of the huge mapping
    uint64_t used;        // bytes that its live blocks asked for
    // Where its slots are written down as they are now; 0: nowhere. Its shares
    // then, which are right as long as that is not 0.
    uint64_t saved;
    struct span_share *shares;
    uint32_t share_count;
    uint32_t free_pages; // the same (metric/free_pages.h)
    // Of who writes them down: where they stood before they changed, and
    // a sum of each slot then. Nothing of it is right in another use.
    uint64_t written_at;
    uint64_t *written;
    uint32_t written_count, written_capacity, written_links;
};

// Where slots of packed spans are had from.
struct slots_source {
    // Sets slots, slot_capacity and touched. False: they are not there.
    bool (*load)(struct slots_source *source, struct span *span);
    void (*forget)(struct slots_source *source); // gives back what it keeps
};

struct segment {
    struct span *spans;
    uint32_t count;
    uint64_t address;
    uint64_t bytes;
    uint64_t span_address;
};

struct spans {
    struct pool *pool;
    uint32_t per_segment;
    uint32_t shift;          // per_segment is 1 << shift; else SPANS_NO_SHIFT
    struct segment **chunks; // of SEGMENT_CHUNK segments
    uint32_t segment_limit;  // one more than the highest ever mapped
    struct span **huge;      // open addressing; NULL is empty
    size_t huge_capacity;
    size_t huge_count;
    struct slots_source *source; // of the pool; NULL: no span is packed
};

enum {
    SEGMENT_CHUNK = 1 << 10,
    SEGMENT_CHUNKS = 1 << 12,
    SPANS_NO_SHIFT = 32,
};

void spans_start(struct spans *spans, struct pool *pool, uint32_t per_segment);
void spans_free(struct spans *spans);

// The segment, or NULL when it is not mapped.
static inline struct segment *spans_segment(const struct spans *spans,
                                            uint64_t number) {
    if (number >= spans->segment_limit)
        return NULL;
    struct segment *chunk = spans->chunks[number / SEGMENT_CHUNK];
    if (!chunk || !chunk[number % SEGMENT_CHUNK].spans)
        return NULL;
    return &chunk[number % SEGMENT_CHUNK];
}

struct span *spans_huge(const struct spans *spans, uint64_t number);

// The segment that a span with this number would be in. Nearly always there are
// as many spans in one as a power of two: then nothing is divided.
static inline uint32_t spans_segment_of(const struct spans *spans,
                                        uint32_t number) {
    return spans->shift < SPANS_NO_SHIFT ? number >> spans->shift
                                         : number / spans->per_segment;
}

// The span, or NULL when it is not mapped.
static inline struct span *spans_find(const struct spans *spans,
                                      uint64_t number) {
    if (number >= SPAN_HUGE_BIT)
        return spans_huge(spans, number);
    uint32_t segment = spans_segment_of(spans, (uint32_t)number);
    uint32_t index = (uint32_t)number - segment * spans->per_segment;
    struct segment *s = spans_segment(spans, segment);
    return s && index < s->count ? &s->spans[index] : NULL;
}

// Spans from the given one to the end of its segment; 0 when there is none.
static inline uint64_t spans_room(const struct spans *spans, uint64_t number) {
    if (number >= SPAN_HUGE_BIT)
        return 0;
    struct segment *segment = spans_segment(spans, number / spans->per_segment);
    uint64_t index = number % spans->per_segment;
    return segment && index < segment->count ? segment->count - index : 0;
}

// False when the number of a segment is out of range or in use.
bool spans_can_add(const struct spans *spans, uint64_t number);
// Adds a segment with `count` spans (1 .. per_segment), all in place
// SPAN_IN_SEGMENT. NULL when that cannot be.
struct segment *spans_add_segment(struct spans *spans, uint64_t number,
                                  uint32_t count, uint32_t span_bytes);
// Takes the segment out: its spans are the caller's to free, or to put back.
struct segment spans_take_segment(struct spans *spans, uint64_t number);
void spans_put_segment(struct spans *spans, uint64_t number,
                       const struct segment *segment);
void spans_free_segment(struct pool *pool, struct span *spans, uint32_t count);

// Adds a huge block's mapping. NULL when the number is in use, or none.
struct span *spans_add_huge(struct spans *spans, uint64_t number,
                            uint64_t bytes);
// As with a segment; the span is to be freed as a segment of one.
void spans_take_huge(struct spans *spans, struct span *span);
void spans_put_huge(struct spans *spans, struct span *span);

// The slots of the span, if it is packed. When they cannot be had it is without
// blocks, and whoever made the source knows that it has failed.
void spans_unpack_slots(const struct spans *spans, struct span *span);
static inline void spans_unpack(const struct spans *spans, struct span *span) {
    if (span->packed)
        spans_unpack_slots(spans, span);
}
void spans_unpack_all(struct spans *spans);

// The slot of a block below span->blocks, told of from now on.
struct slot *spans_new_slot(struct pool *pool, struct span *span,
                            uint32_t block);

static inline struct slot *spans_slot(const struct spans *spans,
                                      struct span *span, uint32_t block) {
    return block < span->touched ? &span->slots[block]
                                 : spans_new_slot(spans->pool, span, block);
}

static inline bool span_has(const struct span *span, uint64_t block) {
    return block < span->touched && span->slots[block].birth != SLOT_FREE;
}

// The stack of the last block there, or SLOT_NEVER.
static inline uint32_t span_last_stack(const struct span *span,
                                       uint64_t block) {
    return block < span->touched ? span->slots[block].stack : SLOT_NEVER;
}

// Bytes of the span and of those that follow it in its run: they lie one after
// the other in their segment's table.
static inline uint64_t span_run_bytes(const struct span *span) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < span->run; i++)
        bytes += span[i].bytes;
    return bytes;
}

// What the live block asked for.
static inline uint64_t span_wanted(const struct span *span, uint32_t block) {
    return span->block_bytes ? span->slots[block].wanted : span->used;
}

// Free bytes that the live blocks of the span keep: free and deferred blocks,
// header and tail, less what was given back to the system. 0 for a span
// without live blocks, and for large and huge ones.
static inline uint64_t span_pinned(const struct span *span) {
    if (span->live == 0 || span->block_bytes == 0)
        return 0;
    uint64_t bytes = span->bytes - (uint64_t)span->live * span->block_bytes;
    return bytes > span->decommitted ? bytes - span->decommitted : 0;
}

// Every span that is mapped, huge ones included, in the order of numbers (huge
// ones last, in no order).
void spans_each(const struct spans *spans,
                void (*visit)(struct span *span, void *context), void *context);

#endif
