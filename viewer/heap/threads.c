// threads.c - the threads of the program, and which heaps they have.
#include "viewer/heap/threads.h"

#include "viewer/base/memory.h"

enum { MAX_HEAPS = 1 << 20 };

void threads_event(struct model *model, const struct trace_event *event) {
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
        ring = model_add_ring(model, event->ring);
    }
    ring->thread_id = thread;
    if (event->value[1] != 0)
        ring->name = event->value[1];
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

void threads_heap_event(struct model *model, const struct trace_event *event) {
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
