// around.c - what a state of the heap is told with, and the heap does not keep.
#include "viewer/trim/around.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum { MOST_NUMBER = 1 << 24 }; // of what is kept by number; others are not

// Room for the element at `number`, zeroed. False when that cannot be.
static bool reach(void **list, size_t *count, uint64_t number, size_t bytes) {
    if (number >= MOST_NUMBER)
        return false;
    if (number < *count)
        return true;
    size_t wanted = (size_t)number + 1 + *count;
    *list = memory_resize(*list, wanted, bytes);
    memset((char *)*list + *count * bytes, 0, (wanted - *count) * bytes);
    *count = wanted;
    return true;
}

// ---- memory ----

static void map_bookkeeping(struct around *a, const struct trace_event *event) {
    a->bookkeeping =
        memory_grow(a->bookkeeping, a->bookkeeping_count,
                    &a->bookkeeping_capacity, sizeof *a->bookkeeping);
    a->bookkeeping[a->bookkeeping_count++] =
        (struct around_memory){event->value[0], event->value[1]};
}

static void unmap_bookkeeping(struct around *a,
                              const struct trace_event *event) {
    for (size_t i = a->bookkeeping_count; i > 0; i--) {
        struct around_memory *memory = &a->bookkeeping[i - 1];
        if (memory->address != event->value[0] ||
            memory->bytes != event->value[1])
            continue;
        *memory = a->bookkeeping[--a->bookkeeping_count];
        return;
    }
}

static void change_pages(struct around *a, const struct heap *heap,
                         const struct trace_event *event) {
    uint64_t unit = heap->span_bytes / AROUND_PAGES;
    uint64_t from = event->value[1] / unit;
    uint64_t to = from + event->value[2] / unit;
    if (event->value[0] >= SPAN_HUGE_BIT)
        return; // told as a whole
    for (uint64_t i = from; i < to; i++) {
        uint64_t span = event->value[0] + i / AROUND_PAGES;
        uint64_t page = UINT64_C(1) << i % AROUND_PAGES;
        if (!reach((void **)&a->gone, &a->gone_count, span, sizeof *a->gone))
            return;
        if (event->type == TRACE_EVENT_SPAN_DECOMMIT)
            a->gone[span] |= page;
        else
            a->gone[span] &= ~page;
    }
}

// The memory of a new segment is all there.
static void map_segment(struct around *a, const struct heap *heap,
                        uint64_t number) {
    uint64_t first = number * heap->spans.per_segment;
    for (uint64_t i = first;
         i < first + heap->spans.per_segment && i < a->gone_count; i++)
        a->gone[i] = 0;
}

// ---- threads and heaps ----

static struct around_thread *thread_of(struct around *a, uint32_t ring) {
    for (size_t i = 0; i < a->thread_count; i++)
        if (a->threads[i].ring == ring)
            return &a->threads[i];
    a->threads = memory_grow(a->threads, a->thread_count, &a->thread_capacity,
                             sizeof *a->threads);
    a->threads[a->thread_count] = (struct around_thread){.ring = ring};
    return &a->threads[a->thread_count++];
}

static void name_thread(struct around *a, const struct trace_event *event) {
    for (size_t i = 0; i < a->thread_count; i++)
        if (a->threads[i].begun && a->threads[i].thread == event->value[0])
            a->threads[i].text = event->value[1];
}

static void see_heap(struct around *a, const struct trace_event *event) {
    if (!reach((void **)&a->heaps, &a->heap_count, event->value[0],
               sizeof *a->heaps))
        return;
    struct around_heap *heap = &a->heaps[event->value[0]];
    heap->exists = true;
    // In ring 0 a state is told, of a heap that no thread has.
    heap->has_thread =
        event->type != TRACE_EVENT_HEAP_ORPHAN && event->ring != 0;
    heap->ring = event->ring;
}

// ---- all ----

void around_see(struct around *a, const struct heap *heap,
                const struct trace_event *event) {
    struct around_thread *thread;
    switch (event->type) {
    case TRACE_EVENT_BOOKKEEPING_MAP:
        map_bookkeeping(a, event);
        return;
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        unmap_bookkeeping(a, event);
        return;
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
        change_pages(a, heap, event);
        return;
    case TRACE_EVENT_SEGMENT_MAP:
        map_segment(a, heap, event->value[0]);
        return;
    case TRACE_EVENT_MODULE_LOAD:
    case TRACE_EVENT_MODULE_UNLOAD:
        if (reach((void **)&a->modules, &a->module_count, event->value[0],
                  sizeof *a->modules))
            a->modules[event->value[0]] =
                event->type == TRACE_EVENT_MODULE_LOAD;
        return;
    case TRACE_EVENT_THREAD_START:
        thread = thread_of(a, event->ring);
        *thread = (struct around_thread){event->ring, event->value[0],
                                         event->value[1], true, false};
        return;
    case TRACE_EVENT_THREAD_END:
        thread_of(a, event->ring)->ended = true;
        return;
    case TRACE_EVENT_THREAD_NAME:
        name_thread(a, event);
        return;
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_ORPHAN:
        see_heap(a, event);
        return;
    case TRACE_EVENT_WALK_BEGIN:
    case TRACE_EVENT_WALK_END:
        a->walking = event->type == TRACE_EVENT_WALK_BEGIN;
        return;
    case TRACE_EVENT_SNAPSHOT:
        if (event->value[1] > 0) // all is told anew
            a->bookkeeping_count = 0;
        return;
    default:
        return;
    }
}

void around_free(struct around *a) {
    free(a->bookkeeping);
    free(a->gone);
    free(a->modules);
    free(a->threads);
    free(a->heaps);
    *a = (struct around){.gone = NULL};
}
