// heap.c - the recorded heap, rebuilt event by event.
//
// Here: the model as a whole, its threads, stacks, timeline and findings. What
// blocks do is in model_blocks.c, what spans and memory do in model_spans.c.
#include "viewer/heap/heap.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum {
    PATIENCE_NS = 10000000, // how long an event waits for its cause
    DEFAULT_SPANS_PER_SEGMENT = 64,
    DEFAULT_SPAN_BYTES = 65536,
    DEFAULT_HEADER_BYTES = 128,
    MAX_SPANS_PER_SEGMENT = 1 << 16,
    MAX_SPAN_BYTES = 1 << 26,
    MAX_HEAPS = 1 << 20,
    SPAN_AHEAD = 16, // events between asking for a span and using it
    SLOT_AHEAD = 8,  // the same for a block
};

static uint32_t fact_between(const struct trace_tables *tables, const char *key,
                             uint32_t otherwise, uint32_t most) {
    uint64_t number = trace_fact_number(tables, key, otherwise);
    return number >= 1 && number <= most ? (uint32_t)number : otherwise;
}

void model_start(struct model *model, const struct trace_tables *tables,
                 uint64_t first, uint64_t last) {
    memset(model, 0, sizeof *model);
    model->tables = tables;
    model->span_bytes =
        fact_between(tables, "span_bytes", DEFAULT_SPAN_BYTES, MAX_SPAN_BYTES);
    model->header_bytes = fact_between(tables, "span_header_bytes",
                                       DEFAULT_HEADER_BYTES, model->span_bytes);
    heap_spans_start(&model->spans, fact_between(tables, "spans_per_segment",
                                                 DEFAULT_SPANS_PER_SEGMENT,
                                                 MAX_SPANS_PER_SEGMENT));
    model->start = first;
    model->point_limit = TRACE_MAX_POINTS;
    model->point_steps = (last - first) / TRACE_MAX_POINTS + 1;
    model->point_end = model->point_steps;
    model->points = memory_get(model->point_limit * sizeof *model->points);
    model->stack_of_node =
        memory_zeroed(TABLES_NODE_CHUNKS, sizeof *model->stack_of_node);
    model_stack_of(model, 0);

    uint64_t origin = trace_clock_ns(tables, first);
    uint64_t patience = trace_clock_steps(tables, origin + PATIENCE_NS);
    model->repair = repair_new(patience > first ? patience - first : 0);
}

void model_free(struct model *model) {
    heap_spans_free(&model->spans);
    for (size_t i = 0; model->stack_of_node && i < TABLES_NODE_CHUNKS; i++)
        free(model->stack_of_node[i]);
    free(model->stack_of_node);
    free(model->stacks);
    free(model->rings);
    free(model->ring_index);
    free(model->heaps);
    free(model->points);
    free(model->marks);
    free(model->findings);
    repair_free(model->repair);
    model_walk_free(model);
    model_snapshot_free(model);
    memset(model, 0, sizeof *model);
}

static uint32_t *ring_slot(const struct model *model, uint32_t number) {
    size_t mask = model->ring_index_size - 1;
    size_t at = (number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (model->ring_index[at] &&
           model->rings[model->ring_index[at] - 1].number != number)
        at = (at + 1) & mask;
    return &model->ring_index[at];
}

static struct model_ring *add_ring(struct model *model, uint32_t number) {
    if (model->ring_count * 2 >= model->ring_index_size) {
        free(model->ring_index);
        model->ring_index_size =
            model->ring_index_size ? model->ring_index_size * 2 : 64;
        model->ring_index =
            memory_zeroed(model->ring_index_size, sizeof *model->ring_index);
        for (size_t i = 0; i < model->ring_count; i++)
            if (!model->rings[i].ended)
                *ring_slot(model, model->rings[i].number) = (uint32_t)i + 1;
    }
    model->rings = memory_grow(model->rings, model->ring_count,
                               &model->ring_capacity, sizeof *model->rings);
    struct model_ring *ring = &model->rings[model->ring_count++];
    *ring = (struct model_ring){.number = number,
                                .name = UINT64_MAX,
                                .first_time = model->time,
                                .last_span = UINT32_MAX};
    *ring_slot(model, number) = (uint32_t)model->ring_count;
    return ring;
}

struct model_ring *model_ring(struct model *model, uint32_t number) {
    if (model->ring_index_size > 0) {
        uint32_t index = *ring_slot(model, number);
        if (index)
            return &model->rings[index - 1];
    }
    return add_ring(model, number);
}

uint32_t model_stack_of(struct model *model, uint64_t node) {
    if (node >= (uint64_t)TABLES_NODE_CHUNK * TABLES_NODE_CHUNKS)
        node = 0; // no such stack
    uint32_t **chunk = &model->stack_of_node[node / TABLES_NODE_CHUNK];
    if (!*chunk)
        *chunk = memory_zeroed(TABLES_NODE_CHUNK, sizeof **chunk);
    uint32_t *index = &(*chunk)[node % TABLES_NODE_CHUNK];
    if (!*index) {
        model->stacks =
            memory_grow(model->stacks, model->stack_count,
                        &model->stack_capacity, sizeof *model->stacks);
        model->stacks[model->stack_count] =
            (struct model_stack){.node = (uint32_t)node};
        *index = (uint32_t)++model->stack_count;
    }
    return *index - 1;
}

void model_contradiction(struct model *model, enum model_contradiction kind,
                         uint32_t stack, const struct trace_event *event) {
    model->unresolved++;
    for (size_t i = 0; i < model->finding_count; i++)
        if (model->findings[i].kind == kind &&
            model->findings[i].stack == stack) {
            model->findings[i].count++;
            return;
        }
    if (model->finding_count == MODEL_MAX_FINDINGS)
        return;
    model->findings =
        memory_grow(model->findings, model->finding_count,
                    &model->finding_capacity, sizeof *model->findings);
    model->findings[model->finding_count++] = (struct model_finding){
        .kind = kind,
        .stack = stack,
        .thread = (uint32_t)(model_ring(model, event->ring) - model->rings),
        .time = event->time > model->start ? event->time - model->start : 0,
        .count = 1};
}

static struct model_heap *heap_at(struct model *model, uint64_t number) {
    if (number >= MAX_HEAPS)
        return NULL;
    while (model->heap_count <= number) {
        model->heaps = memory_grow(model->heaps, model->heap_count,
                                   &model->heap_capacity, sizeof *model->heaps);
        model->heaps[model->heap_count++] = (struct model_heap){0};
    }
    return &model->heaps[number];
}

static void heap_event(struct model *model, const struct trace_event *event) {
    struct model_heap *heap = heap_at(model, event->value[0]);
    if (!heap) {
        model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
        return;
    }
    heap->known = true;
    heap->orphan = event->type == TRACE_EVENT_HEAP_ORPHAN;
    if (event->type == TRACE_EVENT_HEAP_CREATE ||
        event->type == TRACE_EVENT_HEAP_ADOPT)
        heap->thread =
            (uint32_t)(model_ring(model, event->ring) - model->rings);
}

static void thread_event(struct model *model, const struct trace_event *event) {
    struct model_ring *ring = model_ring(model, event->ring);
    uint32_t thread = (uint32_t)event->value[0];
    if (event->type == TRACE_EVENT_THREAD_END)
        return;
    if (event->type == TRACE_EVENT_THREAD_NAME) {
        // Seen by somebody else, mostly: by the ring of the recorder.
        for (size_t i = model->ring_count; i-- > 0;)
            if (model->rings[i].thread_id == thread) {
                ring = &model->rings[i];
                break;
            }
        if (ring->thread_id != thread)
            return;
    } else if (ring->thread_id != 0 && ring->thread_id != thread) {
        ring->last_time = model->time;
        ring->ended = true;
        ring = add_ring(model, event->ring);
    }
    ring->thread_id = thread;
    if (event->value[1] != 0)
        ring->name = event->value[1];
}

static void mark_event(struct model *model, const struct trace_event *event) {
    if (model->mark_count == MODEL_MAX_MARKS)
        return;
    model->marks = memory_grow(model->marks, model->mark_count,
                               &model->mark_capacity, sizeof *model->marks);
    model->marks[model->mark_count++] =
        (struct model_mark){model->time, event->value[0]};
}

// Those of one sample have one time.
static void residency_event(struct model *model,
                            const struct trace_event *event) {
    struct model_residency *r = &model->residency;
    if (r->samples == 0 || r->time != model->time) {
        uint64_t held = (uint64_t)model->held.value;
        *r = (struct model_residency){.samples = r->samples + 1,
                                      .time = model->time,
                                      .held =
                                          held > model->bookkeeping_bytes
                                              ? held - model->bookkeeping_bytes
                                              : 0};
    }
    if (event->value[1] >= (UINT64_C(1) << 52) ||
        event->value[2] > event->value[1]) {
        model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
        return;
    }
    r->mapped += event->value[1];
    r->resident += event->value[2];
}

uint64_t model_event_span(const struct model *model,
                          const struct trace_event *event) {
    switch (event->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        return event->value[2];
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_SEGMENT_UNMAP:
        return event->value[0] < SPAN_HUGE_BIT
                   ? event->value[0] * model->spans.per_segment
                   : UINT64_MAX - 1;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SPAN_STATE:
    case TRACE_EVENT_SPAN_RELEASE:
    case TRACE_EVENT_SPAN_TRANSFER:
    case TRACE_EVENT_DEFERRED_COLLECT:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_HUGE_UNMAP:
        return event->value[0];
    default:
        return UINT64_MAX;
    }
}

bool model_event(struct model *model, const struct trace_event *event,
                 bool force) {
    switch (event->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
        return model_alloc(model, event, force);
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        return model_free_block(model, event, force);
    case TRACE_EVENT_RESIZE:
        return model_resize(model, event, force);
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SPAN_STATE:
    case TRACE_EVENT_SPAN_RELEASE:
    case TRACE_EVENT_SPAN_TRANSFER:
    case TRACE_EVENT_DEFERRED_COLLECT:
        return model_span_event(model, event, force);
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_SEGMENT_UNMAP:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_HUGE_UNMAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        return model_memory_event(model, event, force);
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_RESET:
    case TRACE_EVENT_HEAP_ORPHAN:
        heap_event(model, event);
        return true;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_END:
    case TRACE_EVENT_THREAD_NAME:
        thread_event(model, event);
        return true;
    case TRACE_EVENT_MARK:
        mark_event(model, event);
        return true;
    case TRACE_EVENT_RESIDENCY:
        residency_event(model, event);
        return true;
    case TRACE_EVENT_LOST:
        model->lost_events += event->value[0];
        return true;
    case TRACE_EVENT_WALK_BEGIN:
    case TRACE_EVENT_WALK_CLASS:
    case TRACE_EVENT_WALK_END:
        model_walk_event(model, event);
        return true;
    case TRACE_EVENT_SNAPSHOT:
    case TRACE_EVENT_SNAPSHOT_CLASS:
    case TRACE_EVENT_SNAPSHOT_END:
        model_snapshot_event(model, event);
        return true;
    default: // tells of nothing that the model keeps
        return true;
    }
}

static void take_moment(const struct model *model,
                        struct analysis_moment *moment) {
    moment->time_ns = model->time;
    moment->event = model->events;
    moment->held_bytes = (uint64_t)model->held.value;
    moment->live_blocks = model->live_blocks;
    int64_t sum = 0;
    for (int i = 0; i < ANALYSIS_PARTS; i++) {
        int64_t value = model->parts[i].value;
        moment->part_bytes[i] = value > 0 ? (uint64_t)value : 0;
        sum += value;
    }
    moment->residual_bytes = model->held.value - sum;
}

static void close_point(struct model *model) {
    struct model_point *point = &model->point;
    point->time = model->point_end;
    for (int i = 0; i < ANALYSIS_PARTS; i++)
        point->parts[i] = model->parts[i].value;
    point->held = (uint64_t)model->held.value;
    if (model->point_count < model->point_limit)
        model->points[model->point_count++] = *point;
    model->point_end = model->point_count < model->point_limit
                           ? model->point_end + model->point_steps
                           : UINT64_MAX;
    *point = (struct model_point){.held_max = point->held,
                                  .used_max =
                                      (uint64_t)model->parts[PART_USED].value};
}

// Asks for the memory that an event will touch: blocks and spans lie far apart,
// and waiting for them is most of what applying an event costs.
static inline void prefetch_span(const struct model *model,
                                 const struct trace_event *event) {
    if (event->type <= TRACE_EVENT_RESIZE)
        __builtin_prefetch(
            heap_span(&model->spans, model_event_span(model, event)));
}

static inline void prefetch_slot(const struct model *model,
                                 const struct trace_event *event) {
    if (event->type > TRACE_EVENT_RESIZE)
        return;
    bool is_free = event->type == TRACE_EVENT_FREE ||
                   event->type == TRACE_EVENT_FREE_DEFERRED;
    const struct model_span *span =
        heap_span(&model->spans, event->value[is_free ? 0 : 2]);
    uint64_t block = event->value[is_free ? 1 : 3];
    if (span && block < span->blocks)
        __builtin_prefetch(&span->slots[block], 1);
}

void model_apply(struct model *model, const struct trace_event *events,
                 size_t count) {
    struct model_ring *ring = NULL;
    size_t ring_count = SIZE_MAX; // when `ring` was found
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *event = &events[i];
        if (i + SPAN_AHEAD < count)
            prefetch_span(model, &events[i + SPAN_AHEAD]);
        if (i + SLOT_AHEAD < count)
            prefetch_slot(model, &events[i + SLOT_AHEAD]);
        if (event->time > model->start + model->time)
            model->time = event->time - model->start;
        model->events++;
        if (model->ring_count != ring_count || ring->number != event->ring) {
            ring = model_ring(model, event->ring);
            ring_count = model->ring_count;
        }
        ring->events++;
        ring->last_time = model->time;
        while (model->time >= model->point_end)
            close_point(model);
        if (model->telling)
            model_telling_event(model, event);
        if (model->waiting > 0 && repair_must_wait(model, event)) {
            repair_wait(model, event);
        } else if (!model_event(model, event, false)) {
            repair_wait(model, event);
        } else if (model->waiting > 0) {
            repair_retry(model, event);
        }
        if (model->telling)
            continue; // its sums are not true yet
        uint64_t used = (uint64_t)model->parts[PART_USED].value;
        uint64_t held = (uint64_t)model->held.value;
        if (used > model->peak_used.part_bytes[PART_USED]) {
            take_moment(model, &model->peak_used);
            model->peak_used_applied = model->applied;
        }
        // Of moments that hold the same, the one that uses most.
        if (held > model->peak_held.held_bytes ||
            (held == model->peak_held.held_bytes &&
             used > model->peak_held.part_bytes[PART_USED]))
            take_moment(model, &model->peak_held);
        if (used > model->point.used_max)
            model->point.used_max = used;
        if (held > model->point.held_max)
            model->point.held_max = held;
    }
    if (model->waiting > 0)
        repair_expire(model, false);
}

void model_end(struct model *model) {
    if (model->telling)
        model_telling_event(model, NULL);
    repair_expire(model, true);
    while (model->point_count < model->point_limit &&
           model->point_count * model->point_steps <= model->time)
        close_point(model);
    if (model->point_count > 0)
        model->points[model->point_count - 1].time = model->time;
}
