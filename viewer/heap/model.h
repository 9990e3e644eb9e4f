// model.h - the recorded heap at one time: what is kept, and its sums.
//
// The model knows every span and every block as they were at the time of the
// event last applied, and keeps the parts of the bytes identity, the counts of
// each stack, and time integrals, each by what the event changes. Here is what
// it keeps, and the small changes that all kinds of events make; the files
// above change it, one file a kind of event, and heap.h applies events to it.
//
//   held = mapped segments + huge mappings + bookkeeping - decommitted
//        = used + rounding + free in spans + deferred + overhead + empty
//          + thread caches + global cache + segment + slack
//
// Invariant: each part is what check_recount counts from the spans and blocks
// alone. Whatever the trace holds, the left and the right side agree; an event
// that contradicts the model is counted and reported (repair.h decides when),
// and changes nothing or only what makes the model whole again.
#ifndef RPSCOPE_HEAP_MODEL_H
#define RPSCOPE_HEAP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/heap/moment.h"
#include "viewer/heap/spans.h"
#include "viewer/trace/decode.h"
#include "viewer/trace/tables.h"

__extension__ typedef __int128 model_wide;

// All bytes, and their integral over time: the integral from the start to time
// T is value * T - weighted, T in steps since the start.
struct model_sum {
    int64_t value;
    model_wide weighted; // each change times its time
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

// One thread's spans and lists.
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
    int64_t parts[PARTS];
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
    struct spans spans;

    uint64_t start;   // steps
    uint64_t time;    // of the event last applied, steps since start
    uint64_t events;  // seen, waiting ones included
    uint64_t applied; // events that changed the model, for model_stack

    struct model_sum parts[PARTS];
    struct model_sum held;
    uint64_t bookkeeping_bytes;
    uint64_t live_blocks;
    uint64_t segments;
    struct moment peak_held, peak_used;      // without their time_ns
    uint64_t peak_held_time, peak_used_time; // steps
    uint64_t peak_used_applied;              // model.applied at peak_used

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
    struct telling *telling; // of snapshot.c: while a state is being told
    struct told *told;       // of snapshot.c

    struct model_finding *findings;
    size_t finding_count, finding_capacity;
    uint64_t unresolved;

    struct repair *repair; // of repair.c
    size_t waiting;        // events that wait
    uint64_t repairs;

    uint64_t checks, check_failures;
    int64_t worst_residual;
    uint64_t walks, walk_checked, walk_mismatches;
    struct walk *walk; // of check.c
};

// `first` and `last`: times of the whole recording, in steps.
void model_start(struct model *model, const struct trace_tables *tables,
                 uint64_t first, uint64_t last);
void model_free(struct model *model);

// The ring of that number; the first time, a new one.
struct model_ring *model_ring(struct model *model, uint32_t number);
// The ring goes on to another thread, which is told apart from now on.
struct model_ring *model_add_ring(struct model *model, uint32_t number);
// The index in stacks of the stack with this node.
uint32_t model_stack_of(struct model *model, uint64_t node);
// Counts and reports what cannot be.
void model_contradiction(struct model *model, enum model_contradiction kind,
                         uint32_t stack, const struct trace_event *event);
// An event with sizes or counts that no allocator has. Returns true: the event
// is done with.
bool model_impossible(struct model *model, const struct trace_event *event);
// Adds (sign 1) or takes away (-1) what the span counts for in the parts, but
// for PART_USED and PART_ROUNDING of blocks of a size class.
void model_account(struct model *model, const struct span *span, int sign);
// All bytes as they are now, without the time_ns.
void model_moment(const struct model *model, struct moment *moment);
// Steps since the start of the model -> ns since that of the recording.
uint64_t model_ns(const struct model *model, uint64_t steps);

// Adds to a part, at the model's time.
static inline void model_add(struct model *model, struct model_sum *sum,
                             int64_t bytes) {
    sum->value += bytes;
    sum->weighted += (model_wide)bytes * (model_wide)model->time;
}

static inline double model_mean(const struct model *model,
                                const struct model_sum *sum) {
    if (model->time == 0)
        return (double)sum->value;
    model_wide integral =
        (model_wide)sum->value * (model_wide)model->time - sum->weighted;
    return (double)integral / (double)model->time;
}

// Before live_bytes of a stack changes: what it was at the last peak.
static inline void model_remember_peak(struct model *model,
                                       struct model_stack *stack) {
    if (stack->changed_at <= model->peak_used_applied)
        stack->peak_used_bytes = stack->live_bytes;
    stack->changed_at = ++model->applied;
}

#endif
