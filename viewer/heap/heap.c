// heap.c - the recorded heap at one time: spans, blocks, held bytes.
#include "viewer/heap/heap.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_SPANS_PER_SEGMENT = 64,
    DEFAULT_SPAN_BYTES = 65536,
    DEFAULT_HEADER_BYTES = 128,
    MAX_SPANS_PER_SEGMENT = 1 << 16,
    MAX_SPAN_BYTES = 1 << 26,
};

static uint32_t fact_between(const struct trace_tables *tables, const char *key,
                             uint32_t otherwise, uint32_t most) {
    uint64_t number = trace_fact_number(tables, key, otherwise);
    return number >= 1 && number <= most ? (uint32_t)number : otherwise;
}

// In traces from before large blocks lost theirs, the header of any span.
static uint32_t large_header(const struct trace_tables *tables,
                             uint32_t span_bytes) {
    uint32_t header = fact_between(tables, "span_header_bytes",
                                   DEFAULT_HEADER_BYTES, span_bytes);
    uint64_t large = trace_fact_number(tables, "large_header_bytes", header);
    return large <= span_bytes ? (uint32_t)large : header;
}

void heap_start(struct heap *heap, const struct trace_tables *tables,
                uint64_t first, struct change_log *log) {
    *heap = (struct heap){
        .tables = tables, .start = first, .log = log, .run_ring = HEAP_NO_RUN};
    heap->span_bytes =
        fact_between(tables, "span_bytes", DEFAULT_SPAN_BYTES, MAX_SPAN_BYTES);
    heap->header_bytes = large_header(tables, heap->span_bytes);
    heap->span_header = trace_fact_number(tables, "span_header_bytes", 0);
    heap->page_bytes = trace_fact_number(tables, "page_bytes", 4096);
    spans_start(&heap->spans, tables->pool,
                fact_between(tables, "spans_per_segment",
                             DEFAULT_SPANS_PER_SEGMENT, MAX_SPANS_PER_SEGMENT));
}

static void free_before(struct pool *pool, struct heap_before *before) {
    if (before)
        spans_free(&before->spans);
    pool_give(pool, before);
}

void heap_free(struct heap *heap) {
    free_before(heap->spans.pool, heap->before);
    spans_free(&heap->spans);
    memset(heap, 0, sizeof *heap);
}

// ---- the log ----

void heap_flush(struct heap *heap) {
    struct change_log *log = heap->log;
    if (log->open) {
        struct heap_change *events = &log->list[log->open - 1];
        events->events = heap->events + 1 - events->event;
        events->last_time = heap->run_time;
        log->open = 0;
    }
    heap->run_ring = HEAP_NO_RUN;
    log->flush(log, log->context);
}

void heap_contradiction(struct heap *heap, enum contradiction kind,
                        uint32_t stack, const struct trace_event *event) {
    struct heap_change *change = heap_change(heap, CHANGE_CONTRADICTION);
    change->ring = event->ring;
    change->at = event->time > heap->start ? event->time - heap->start : 0;
    change->of = stack;
    change->contradiction = kind;
}

bool heap_impossible(struct heap *heap, const struct trace_event *event) {
    heap_contradiction(heap, CONTRADICTION_COUNT, SLOT_NEVER, event);
    return true;
}

void heap_note(struct heap *heap, const struct trace_event *event) {
    struct heap_change *change = heap_change(heap, CHANGE_NOTE);
    change->part = (uint8_t)event->type;
    memcpy(change->value, event->value, sizeof change->value);
}

uint64_t heap_ns(const struct heap *heap, uint64_t steps) {
    return trace_clock_ns(heap->tables, heap->start + steps);
}

// ---- doing and undoing ----

// Changes after which a number leads to another span, or to none.
#define MAPPINGS                                                               \
    (CHANGE_SET(CHANGE_SEGMENT_MAPPED) | CHANGE_SET(CHANGE_SEGMENT_UNMAPPED) | \
     CHANGE_SET(CHANGE_HUGE_MAPPED) | CHANGE_SET(CHANGE_HUGE_UNMAPPED) |       \
     CHANGE_SET(CHANGE_STATE_BEGINS))

// Whether the slots of the span begin anew with its use.
static bool begins_use(const struct heap_change *change) {
    return change->to.place == SPAN_IN_HEAP &&
           change->from.place != SPAN_IN_HEAP;
}

static void use_span(struct heap *heap, struct span *span,
                     const struct span_use *use) {
    const struct trace_class *class =
        use->class_index < heap->tables->class_count
            ? &heap->tables->classes[use->class_index]
            : NULL;
    bool serves = use->place == SPAN_IN_HEAP;
    span->place = use->place;
    span->class_index = use->class_index;
    span->state = use->state;
    span->heap = use->heap;
    span->run = use->run;
    span->blocks = !serves ? 0 : class ? class->blocks_per_span : 1;
    span->block_bytes = serves && class ? class->block_bytes : 0;
}

// A use that ends takes its slots with it.
static bool ends_use(const struct heap_change *change) {
    return change->from.place == SPAN_IN_HEAP &&
           change->to.place != SPAN_IN_HEAP;
}

static void do_span(struct heap *heap, struct heap_change *change) {
    struct span *span = spans_find(&heap->spans, change->span);
    if (ends_use(change)) {
        if (heap->log->keep)
            spans_unpack(&heap->spans, span);
        span->packed = false;
        span->saved = span->written_at = 0;
    }
    if (begins_use(change)) {
        change->kept = NULL;
        if (heap->log->keep) {
            change->kept = span->slots;
            change->kept_capacity = span->slot_capacity;
            change->kept_touched = span->touched;
            span->slots = NULL;
            span->slot_capacity = 0;
        }
        span->touched = 0;
    }
    use_span(heap, span, &change->to);
}

static void undo_span(struct heap *heap, struct heap_change *change) {
    struct span *span = spans_find(&heap->spans, change->span);
    if (begins_use(change)) {
        pool_give(heap->spans.pool, span->slots);
        span->slots = change->kept;
        span->slot_capacity = change->kept_capacity;
        span->touched = change->kept_touched;
        change->kept = NULL;
    }
    use_span(heap, span, &change->from);
}

static struct slot *slot_before(struct heap *heap,
                                const struct heap_change *change) {
    return &spans_find(&heap->before->spans, change->span)
                ->slots[change->block];
}

void heap_found(struct heap *heap, const struct heap_change *change) {
    slot_before(heap, change)->birth = SLOT_FREE;
}

static void do_born(struct heap *heap, const struct heap_change *change) {
    struct span *span = spans_find(&heap->spans, change->span);
    if (change->flags & CHANGE_CONTINUES)
        heap_found(heap, change);
    change_born(heap, span, spans_slot(&heap->spans, span, change->block),
                change);
}

static void undo_born(struct heap *heap, const struct heap_change *change) {
    struct span *span = spans_find(&heap->spans, change->span);
    span->slots[change->block] =
        (struct slot){.birth = SLOT_FREE, .stack = change->last_stack};
    heap->live_blocks--;
    span->live--;
    span->used -= change->wanted;
    span->saved = 0;
    if (change->flags & CHANGE_CONTINUES)
        slot_before(heap, change)->birth = change->birth;
}

static void do_died(struct heap *heap, const struct heap_change *change) {
    struct span *span = spans_find(&heap->spans, change->span);
    change_died(heap, span, &span->slots[change->block], change);
}

static void undo_died(struct heap *heap, const struct heap_change *change) {
    struct span *span = spans_find(&heap->spans, change->span);
    change_born(heap, span, &span->slots[change->block], change);
    span->deferred = change->deferred;
}

static void collect(struct heap *heap, const struct heap_change *change,
                    uint32_t deferred, uint32_t number) {
    struct span *span = spans_find(&heap->spans, change->span);
    span->deferred = deferred;
    span->heap = number;
}

static void pages(struct heap *heap, const struct heap_change *change,
                  int64_t bytes) {
    struct span *span = spans_find(&heap->spans, change->span);
    span->decommitted += (uint64_t)bytes;
    heap->held -= (uint64_t)bytes;
}

static void do_mapped(struct heap *heap, const struct heap_change *change) {
    if (change->kind == CHANGE_HUGE_MAPPED) {
        struct span *span =
            spans_add_huge(&heap->spans, change->span, (uint64_t)change->bytes);
        use_span(heap, span,
                 &(struct span_use){.run = 1,
                                    .place = SPAN_IN_HEAP,
                                    .class_index = TRACE_CLASS_HUGE});
    } else {
        struct segment *segment = spans_add_segment(
            &heap->spans, change->span, change->block, heap->span_bytes);
        segment->address = change->address;
        segment->bytes = (uint64_t)change->bytes;
        segment->span_address = change->span_address;
    }
    heap->held += (uint64_t)change->bytes;
}

// Takes a segment or a huge mapping out; its spans.
static struct span *take(struct heap *heap, const struct heap_change *change) {
    bool is_huge = change->kind == CHANGE_HUGE_MAPPED ||
                   change->kind == CHANGE_HUGE_UNMAPPED;
    if (!is_huge)
        return spans_take_segment(&heap->spans, change->span).spans;
    struct span *span = spans_huge(&heap->spans, change->span);
    spans_take_huge(&heap->spans, span);
    return span;
}

static void do_unmapped(struct heap *heap, struct heap_change *change) {
    struct span *spans = take(heap, change);
    heap->held -= (uint64_t)change->bytes - change->gone;
    change->spans = spans;
    if (heap->log->keep)
        return;
    change_forget(heap->spans.pool, change);
    change->spans = NULL;
}

static void undo_unmapped(struct heap *heap, struct heap_change *change) {
    if (change->kind == CHANGE_HUGE_UNMAPPED)
        spans_put_huge(&heap->spans, change->spans);
    else
        spans_put_segment(
            &heap->spans, change->span,
            &(struct segment){change->spans, change->block, change->address,
                              (uint64_t)change->bytes, change->span_address});
    change->spans = NULL;
    heap->held += (uint64_t)change->bytes - change->gone;
}

static void bookkeeping(struct heap *heap, int64_t bytes) {
    heap->bookkeeping_bytes += (uint64_t)bytes;
    heap->held += (uint64_t)bytes;
}

static void begin_state(struct heap *heap) {
    spans_unpack_all(&heap->spans);
    struct heap_before *before =
        pool_zeroed(heap->spans.pool, 1, sizeof *before);
    *before = (struct heap_before){heap->spans, heap->held,
                                   heap->bookkeeping_bytes, heap->live_blocks};
    spans_start(&heap->spans, before->spans.pool, before->spans.per_segment);
    heap->held = heap->bookkeeping_bytes = heap->live_blocks = 0;
    heap->before = before;
}

static void undo_state(struct heap *heap) {
    struct heap_before *before = heap->before;
    spans_free(&heap->spans);
    heap->spans = before->spans;
    heap->held = before->held;
    heap->bookkeeping_bytes = before->bookkeeping_bytes;
    heap->live_blocks = before->live_blocks;
    heap->before = NULL;
    pool_give(heap->spans.pool, before);
}

static void end_state(struct heap *heap, struct heap_change *change) {
    if (heap->log->keep)
        change->ended = heap->before;
    else
        free_before(heap->spans.pool, heap->before);
    heap->before = NULL;
}

void heap_do(struct heap *heap, struct heap_change *change) {
    heap->mappings += CHANGE_SET(change->kind) & MAPPINGS ? 1 : 0;
    switch (change->kind) {
    case CHANGE_BORN:
        do_born(heap, change);
        return;
    case CHANGE_DIED:
        do_died(heap, change);
        return;
    case CHANGE_COLLECTED:
        collect(heap, change, change->deferred - change->count,
                change->to_heap);
        return;
    case CHANGE_SPAN:
        do_span(heap, change);
        return;
    case CHANGE_PAGES:
        pages(heap, change, change->bytes);
        return;
    case CHANGE_SEGMENT_MAPPED:
    case CHANGE_HUGE_MAPPED:
        do_mapped(heap, change);
        return;
    case CHANGE_SEGMENT_UNMAPPED:
    case CHANGE_HUGE_UNMAPPED:
        do_unmapped(heap, change);
        return;
    case CHANGE_BOOKKEEPING:
        bookkeeping(heap, change->bytes);
        return;
    case CHANGE_STATE_BEGINS:
        begin_state(heap);
        return;
    case CHANGE_STATE_ENDS:
        end_state(heap, change);
        return;
    default: // only told
        return;
    }
}

void heap_undo(struct heap *heap, struct heap_change *change) {
    heap->mappings += CHANGE_SET(change->kind) & MAPPINGS ? 1 : 0;
    switch (change->kind) {
    case CHANGE_BORN:
        undo_born(heap, change);
        return;
    case CHANGE_DIED:
        undo_died(heap, change);
        return;
    case CHANGE_COLLECTED:
        collect(heap, change, change->deferred, change->from_heap);
        return;
    case CHANGE_SPAN:
        undo_span(heap, change);
        return;
    case CHANGE_PAGES:
        pages(heap, change, -change->bytes);
        return;
    case CHANGE_SEGMENT_MAPPED:
    case CHANGE_HUGE_MAPPED:
        spans_free_segment(heap->spans.pool, take(heap, change),
                           change->kind == CHANGE_HUGE_MAPPED ? 1
                                                              : change->block);
        heap->held -= (uint64_t)change->bytes;
        return;
    case CHANGE_SEGMENT_UNMAPPED:
    case CHANGE_HUGE_UNMAPPED:
        undo_unmapped(heap, change);
        return;
    case CHANGE_BOOKKEEPING:
        bookkeeping(heap, -change->bytes);
        return;
    case CHANGE_STATE_BEGINS:
        undo_state(heap);
        return;
    case CHANGE_STATE_ENDS:
        heap->before = change->ended;
        return;
    default:
        return;
    }
}

void change_forget(struct pool *pool, struct heap_change *change) {
    switch (change->kind) {
    case CHANGE_SPAN:
        if (begins_use(change))
            pool_give(pool, change->kept);
        return;
    case CHANGE_SEGMENT_UNMAPPED:
        spans_free_segment(pool, change->spans, change->block);
        return;
    case CHANGE_HUGE_UNMAPPED:
        spans_free_segment(pool, change->spans, 1);
        return;
    case CHANGE_STATE_ENDS:
        free_before(pool, change->ended);
        return;
    default:
        return;
    }
}
