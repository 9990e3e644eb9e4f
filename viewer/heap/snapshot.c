// snapshot.c - snapshots: the state of all heaps as the recorder tells it.
#include "viewer/heap/snapshot.h"

#include <stdlib.h>

// A state that is being told.
struct telling {
    uint64_t left; // events of ring 0 that are to come
    uint64_t time; // of all of them, as in the trace
};

static void begin_state(struct heap *heap, uint64_t left, uint64_t time) {
    heap->telling = pool_zeroed(heap->spans.pool, 1, sizeof *heap->telling);
    *heap->telling = (struct telling){left, time};
    heap_do(heap, heap_change(heap, CHANGE_STATE_BEGINS));
    heap_flush(heap);
}

void snapshot_end(struct heap *heap) {
    if (!heap->telling)
        return;
    struct heap_change *change = heap_change(heap, CHANGE_STATE_ENDS);
    change->missing = heap->telling->left;
    change->ended = NULL;
    pool_give(heap->spans.pool, heap->telling);
    heap->telling = NULL;
    // Who watches looks at what has not been told again, before it goes. A log
    // that keeps has the change still, if not in the same place.
    struct heap_change once = *change;
    heap_flush(heap);
    heap_do(heap,
            heap->log->keep ? &heap->log->list[heap->log->count - 1] : &once);
}

void snapshot_tell(struct heap *heap, const struct trace_event *event) {
    struct telling *telling = heap->telling;
    if (event->ring == 0 && event->time == telling->time && telling->left > 0)
        telling->left--;
    else
        snapshot_end(heap);
}

bool snapshot_was_there(const struct heap *heap, const struct span *span,
                        uint32_t block, uint64_t wanted, uint32_t stack,
                        uint64_t *birth) {
    const struct span *old = spans_find(&heap->before->spans, span->number);
    if (!old || old->place != SPAN_IN_HEAP || old->live == 0 ||
        old->class_index != span->class_index || !span_has(old, block) ||
        old->slots[block].stack != stack || span_wanted(old, block) != wanted)
        return false;
    *birth = old->slots[block].birth;
    return true;
}

void snapshot_event(struct heap *heap, const struct trace_event *event) {
    heap_note(heap, event);
    // What the recorder has counted is compared with the heap as it is.
    heap_flush(heap);
    if (event->type == TRACE_EVENT_SNAPSHOT && event->value[1] > 0)
        begin_state(heap, event->value[1], event->time);
}

void snapshot_free(struct heap *heap) {
    pool_give(heap->spans.pool, heap->telling);
    heap->telling = NULL;
}
