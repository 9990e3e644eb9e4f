// heap.h - the recorded heap at one time: spans, blocks, held bytes.
//
// State and nothing else: what is to be known about it is a metric, and how
// events of a trace become changes of it stands in the files above. Nothing
// alters it but heap_do and heap_undo, with the changes that apply.h has made
// of events: so the heap of any instant is reached forwards and backwards.
//
//   held = mapped segments + huge mappings + bookkeeping - decommitted
#ifndef RPSCOPE_HEAP_HEAP_H
#define RPSCOPE_HEAP_HEAP_H

#include "viewer/heap/change.h"
#include "viewer/trace/decode.h"
#include "viewer/trace/tables.h"

// The heap up to the moment when a state of it began to be told.
struct heap_before {
    struct spans spans;
    uint64_t held, bookkeeping_bytes, live_blocks;
};

enum { HEAP_MAX_HEAPS = 1 << 20 }; // heaps that a program may have
#define HEAP_NO_RUN UINT64_MAX

struct heap {
    const struct trace_tables *tables;
    uint32_t span_bytes;
    uint32_t header_bytes; // in front of a large or huge block
    uint64_t span_header;  // in front of the blocks of a span; 0: not told
    uint64_t page_bytes;
    struct spans spans;
    uint64_t held;
    uint64_t bookkeeping_bytes;
    uint64_t live_blocks, most_blocks; // now, and at any time
    struct heap_before *before;        // while a state is being told
    uint64_t mappings; // grows whenever a span that was found may be gone, or
                       // one that was not is there

    // How far the events are read.
    uint64_t start;    // steps
    uint64_t time;     // of the event last applied, steps since start
    uint64_t run_time; // of the last event of the ring at hand
    uint64_t run_ring; // which ring that is; HEAP_NO_RUN
    uint64_t events;   // seen, waiting ones included
    struct change_log *log;
    uint32_t event_ring;     // of the event that is being applied
    bool saw_tag;            // whoever watches has begun to look at tags
    struct telling *telling; // of snapshot.c: while a state is being told
    struct repair *repair;   // of repair.c
    size_t waiting;          // events that wait
    uint64_t repairs;
};

// `first`: the time of the first event, in steps.
void heap_start(struct heap *heap, const struct trace_tables *tables,
                uint64_t first, struct change_log *log);
void heap_free(struct heap *heap);

// Does a change, again or for the first time; and takes it back. Changes are
// undone in the opposite order, and done again before events go on.
void heap_do(struct heap *heap, struct heap_change *change);
void heap_undo(struct heap *heap, struct heap_change *change);
// Frees what a change that was done has kept.
void change_forget(struct pool *pool, struct heap_change *change);

// Hands the log to those who watch.
void heap_flush(struct heap *heap);

static inline bool heap_log_is_full(const struct heap *heap) {
    return heap->log->count == heap->log->capacity;
}

// The next change of a log that is not full, with time, event and ring; the
// rest is to be filled in.
static inline struct heap_change *heap_next_change(struct heap *heap,
                                                   enum change_kind kind) {
    struct change_log *log = heap->log;
    struct heap_change *change = &log->list[log->count++];
    log->kinds |= CHANGE_SET(kind);
    change->time = heap->time;
    change->event = heap->events;
    change->ring = heap->event_ring;
    change->kind = (uint8_t)kind;
    change->flags = 0;
    return change;
}

// The same of any log.
static inline struct heap_change *heap_change(struct heap *heap,
                                              enum change_kind kind) {
    if (heap_log_is_full(heap))
        heap_flush(heap);
    return heap_next_change(heap, kind);
}

// What a change says of the span as it is.
static inline void change_say_span(struct heap_change *change,
                                   const struct span *span) {
    change->span = span->number;
    change->class_index = span->class_index;
    change->live = span->live;
    change->deferred = span->deferred;
    change->block_bytes = span->block_bytes;
    change->spare = span->bytes - span->decommitted;
    change->overhead =
        (uint32_t)(span->bytes - (uint64_t)span->blocks * span->block_bytes);
}

// The next change of any log, with the span.
static inline struct heap_change *heap_change_of(struct heap *heap,
                                                 enum change_kind kind,
                                                 const struct span *span) {
    struct heap_change *change = heap_change(heap, kind);
    change_say_span(change, span);
    return change;
}

// A block that is told again has been found in heap.before.
void heap_found(struct heap *heap, const struct heap_change *change);

// What an event does to a block, on the fast path.
static inline void change_born(struct heap *heap, struct span *span,
                               struct slot *slot,
                               const struct heap_change *change) {
    if (++heap->live_blocks > heap->most_blocks)
        heap->most_blocks = heap->live_blocks;
    *slot =
        (struct slot){change->birth, (uint32_t)change->wanted, change->stack};
    span->live++;
    span->used += change->wanted;
    span->saved = 0;
}

static inline void change_died(struct heap *heap, struct span *span,
                               struct slot *slot,
                               const struct heap_change *change) {
    heap->live_blocks--;
    slot->birth = SLOT_FREE;
    span->live--;
    span->used -= change->wanted;
    span->saved = 0;
    if (change->flags & CHANGE_DEFERRED && change->block_bytes > 0)
        span->deferred++;
}

// Says what cannot be. With `stack` of a block, or SLOT_NEVER.
void heap_contradiction(struct heap *heap, enum contradiction kind,
                        uint32_t stack, const struct trace_event *event);
// An event with sizes or counts that no allocator has. Returns true: the event
// is done with.
bool heap_impossible(struct heap *heap, const struct trace_event *event);
// Tells those who watch of an event that moves nothing.
void heap_note(struct heap *heap, const struct trace_event *event);
// The node of a stack that can be: 0 for others.
static inline uint32_t heap_stack(uint64_t node) {
    return node < (uint64_t)TABLES_NODE_CHUNK * TABLES_NODE_CHUNKS
               ? (uint32_t)node
               : 0;
}
// Steps since the start of the heap -> ns since that of the recording.
uint64_t heap_ns(const struct heap *heap, uint64_t steps);

#endif
