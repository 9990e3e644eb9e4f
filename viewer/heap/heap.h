// heap.h - the recorded heap, rebuilt event by event.
//
// The model knows every span and every block as they were at the time of the
// event last applied, and keeps the parts of the bytes identity, the counts of
// each stack, and time integrals, each by what the event changes.
//
//   held = mapped segments + huge mappings + bookkeeping - decommitted
//        = used + rounding + free in spans + deferred + overhead + empty
//          + thread caches + global cache + segment + slack
//
// Invariant: each part is what model_recount (model_check.c) counts from the
// spans and blocks alone. Whatever the trace holds, the left and the right
// side agree; an event that contradicts the model is counted and reported
// (model_repair.c decides when), and changes nothing or only what makes the
// model whole again.
#ifndef RPSCOPE_HEAP_HEAP_H
#define RPSCOPE_HEAP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/answer/answer.h"
#include "viewer/heap/spans.h"
#include "viewer/trace/decode.h"
#include "viewer/trace/tables.h"

__extension__ typedef __int128 model_wide;

// All bytes, and their integral over time: the integral from the start to time
// T is value * T - moment, T in steps since the start.
struct model_sum {
    int64_t value;
    model_wide moment;
};

// Counts of one exact stack.
struct model_stack {
    uint32_t node;
    uint64_t live_blocks, live_bytes, block_bytes; // block_bytes: with rounding
    uint64_t allocations, frees, allocated_bytes, temporary;
    uint64_t peak_used_bytes; // live_bytes at the last peak, see changed_at
    uint64_t changed_at;      // model.applied at the last change of live_bytes
    double share_sum;         // bytes times steps, of blocks that are freed
};

struct model_class {
    uint64_t live, deferred, allocations, frees, peak_live;
};

// A thread's stream of events. A ring that goes on to another thread is told
// apart: model_ring finds the one that has the ring now.
struct model_ring {
    uint32_t number;
    bool ended; // the ring has gone on to another thread
    uint32_t thread_id;
    uint64_t name; // text number, or UINT64_MAX
    uint64_t first_time, last_time;
    uint64_t events, allocations, allocated_bytes, frees, deferred_frees;
    uint32_t last_span, last_block; // of its last allocation
};

struct model_heap {
    bool known;
    bool orphan;
    uint32_t thread; // index in rings: the one that has it, or had it last
};

enum model_contradiction {
    CONTRADICTION_DOUBLE_FREE,
    CONTRADICTION_FREE_UNKNOWN,
    CONTRADICTION_ALLOC_OF_LIVE,
    CONTRADICTION_ALLOC_UNKNOWN, // in a span that serves no blocks
    CONTRADICTION_SPAN,          // span or segment is not where it should be
    CONTRADICTION_COUNT,         // sizes or counts that cannot be
    CONTRADICTIONS
};

// Contradictions of one kind, of blocks of one stack.
struct model_finding {
    enum model_contradiction kind;
    uint32_t stack;  // or SLOT_NEVER
    uint32_t thread; // index in rings: of the first
    uint64_t time;
    uint64_t count;
};

struct model_point {
    uint64_t time;
    int64_t parts[ANALYSIS_PARTS];
    uint64_t held, held_max, used_max, allocations;
};

struct model_mark {
    uint64_t time;
    uint64_t text;
};

// A moment that the recorder has told of, and what the model has then.
struct model_snapshot {
    uint64_t number, time;
    bool has_state; // the trace tells it, and the model has begun with it
    bool missing;   // not all of that state is in the trace
    uint64_t held, told_held;
    uint64_t used, live_blocks;
    uint64_t checked, mismatches; // classes; 0 checked: none were told
};

// The last sample of what is in memory.
struct model_residency {
    uint64_t samples; // so far
    uint64_t time;
    uint64_t mapped, resident; // of segments and huge blocks
    uint64_t held;             // in these, then
};

enum { MODEL_MAX_MARKS = 10000, MODEL_MAX_FINDINGS = 256 };

struct model {
    const struct trace_tables *tables;
    uint32_t span_bytes;
    uint32_t header_bytes;
    struct heap_spans spans;

    uint64_t start;   // steps
    uint64_t time;    // of the event last applied, steps since start
    uint64_t events;  // seen, waiting ones included
    uint64_t applied; // events that changed the model, for model_stack

    struct model_sum parts[ANALYSIS_PARTS];
    struct model_sum held;
    uint64_t bookkeeping_bytes;
    uint64_t live_blocks;
    uint64_t segments;
    struct analysis_moment peak_held, peak_used; // times in steps
    uint64_t peak_used_applied;                  // model.applied at peak_used

    struct model_stack *stacks;
    size_t stack_count, stack_capacity;
    uint32_t **stack_of_node; // chunks of TABLES_NODE_CHUNK; index + 1

    struct model_class classes[256];
    struct model_ring *rings;
    size_t ring_count, ring_capacity;
    uint32_t *ring_index; // hash of numbers; index + 1
    size_t ring_index_size;
    struct model_heap *heaps;
    size_t heap_count, heap_capacity;

    uint64_t allocations, frees, deferred_frees, reallocations, temporary;
    uint64_t lost_events;

    // Coarse timeline: steps of equal time.
    struct model_point *points;
    size_t point_count, point_limit;
    uint64_t point_steps;     // length of a step
    uint64_t point_end;       // of the one in the making
    struct model_point point; // the one in the making

    struct model_mark *marks;
    size_t mark_count, mark_capacity;

    struct model_residency residency;

    struct model_snapshot *snapshots;
    size_t snapshot_count, snapshot_capacity;
    struct model_telling *telling; // a state that is being told; NULL: none
    struct model_told *told;       // what the recorder tells of the classes

    struct model_finding *findings;
    size_t finding_count, finding_capacity;
    uint64_t unresolved;

    struct model_repair *repair;
    size_t waiting; // events that wait
    uint64_t repairs;

    uint64_t checks, check_failures;
    int64_t worst_residual;
    uint64_t walks, walk_checked, walk_mismatches;
    struct model_walk *walk;
};

// `first` and `last`: times of the whole recording, in steps.
void model_start(struct model *model, const struct trace_tables *tables,
                 uint64_t first, uint64_t last);
void model_free(struct model *model);

// Events of all rings, in the merged order.
void model_apply(struct model *model, const struct trace_event *events,
                 size_t count);
// No more events will come: what still waits is applied as it is, and the
// timeline is closed.
void model_end(struct model *model);

// ---- for the parts of the model only ----

// Applies the event when the model is ready for it; false and no change when
// it is not. With `force` it is always done with: contradictions are counted.
bool model_event(struct model *model, const struct trace_event *event,
                 bool force);
// What the event is about; UINT64_MAX for events that are about no span. An
// event about a segment names its first span.
uint64_t model_event_span(const struct model *model,
                          const struct trace_event *event);
struct model_ring *model_ring(struct model *model, uint32_t number);
uint32_t model_stack_of(struct model *model, uint64_t node);
void model_contradiction(struct model *model, enum model_contradiction kind,
                         uint32_t stack, const struct trace_event *event);

// Adds to a part, at the model's time.
static inline void model_add(struct model *model, struct model_sum *sum,
                             int64_t bytes) {
    sum->value += bytes;
    sum->moment += (model_wide)bytes * (model_wide)model->time;
}

static inline double model_mean(const struct model *model,
                                const struct model_sum *sum) {
    if (model->time == 0)
        return (double)sum->value;
    model_wide integral =
        (model_wide)sum->value * (model_wide)model->time - sum->moment;
    return (double)integral / (double)model->time;
}

// Free bytes that the live blocks of the span keep: free and deferred blocks,
// header and tail, less what was given back to the system. 0 for a span
// without live blocks, and for large and huge ones.
static inline uint64_t model_pinned(const struct model_span *span) {
    if (span->live == 0 || span->block_bytes == 0)
        return 0;
    uint64_t bytes = span->bytes - (uint64_t)span->live * span->block_bytes;
    return bytes > span->decommitted ? bytes - span->decommitted : 0;
}

// Brings share_sum of the span up to the model's time.
static inline void model_touch(const struct model *model,
                               struct model_span *span) {
    if (span->live > 0 && span->block_bytes > 0)
        span->share_sum += (double)model_pinned(span) / span->live *
                           (double)(model->time - span->share_time);
    span->share_time = model->time;
}

// Adds (sign 1) or takes away (-1) what the span counts for in the parts, but
// for PART_USED and PART_ROUNDING of blocks of a size class.
void model_account(struct model *model, const struct model_span *span,
                   int sign);
// The parts of a span from nothing but itself, for model_account and the check.
void model_span_parts(const struct model *model, const struct model_span *span,
                      int64_t parts[ANALYSIS_PARTS]);

// ---- model_blocks.c, model_spans.c: model_event for one kind of event ----
bool model_alloc(struct model *model, const struct trace_event *event,
                 bool force);
bool model_free_block(struct model *model, const struct trace_event *event,
                      bool force);
bool model_resize(struct model *model, const struct trace_event *event,
                  bool force);
// What the block asked for; live_bytes of a stack is about to change.
uint64_t model_block_wanted(const struct model_span *span, uint32_t block);
void model_remember_peak(struct model *model, struct model_stack *stack);
// The block ends without a free: its span or its memory went away.
void model_drop_block(struct model *model, struct model_span *span,
                      uint32_t block);
bool model_span_event(struct model *model, const struct trace_event *event,
                      bool force);
bool model_memory_event(struct model *model, const struct trace_event *event,
                        bool force);

// ---- model_repair.c ----
struct model_repair;
struct model_repair *repair_new(uint64_t patience_steps);
void repair_free(struct model_repair *repair);
// True when an event of the same ring about the same block or span waits.
bool repair_must_wait(const struct model *model,
                      const struct trace_event *event);
void repair_wait(struct model *model, const struct trace_event *event);
// The event was applied: others that wait for its span may go on.
void repair_retry(struct model *model, const struct trace_event *event);
// Gives up on events that wait for too long; all with `everything`.
void repair_expire(struct model *model, bool everything);

// ---- model_snapshot.c ----
// SNAPSHOT and the events that belong to it.
void model_snapshot_event(struct model *model, const struct trace_event *event);
// Before each event while a state is being told, and at the end (NULL).
void model_telling_event(struct model *model, const struct trace_event *event);
// Whether a block that a state tells of was there before it; *birth: since
// when.
bool model_was_there(struct model *model, const struct model_span *span,
                     uint32_t block, uint64_t *birth);
void model_snapshot_free(struct model *model);

// ---- model_check.c ----
// Counts every part from spans and blocks alone.
void model_recount(const struct model *model, int64_t parts[ANALYSIS_PARTS],
                   uint64_t *live_blocks);
// Compares with model_recount, and held with the sum; counts failures.
void model_check(struct model *model);
// The allocator's own counts.
void model_walk_event(struct model *model, const struct trace_event *event);
void model_walk_free(struct model *model);

#endif
