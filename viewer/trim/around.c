// around.c - what a state of the heap is told with, and the heap does not keep.
#include "viewer/trim/around.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum {
    MOST_NUMBER = 1 << 24, // of what is kept by number; others are not
    MOST_RINGS = 1 << 20,  // rings with a higher number are searched for
};

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

// Its entry, or the place for one at the end of the list.
static size_t find_ring(const struct around *a, uint32_t ring) {
    if (ring < a->place_count && a->place[ring])
        return a->place[ring] - 1;
    for (size_t i = 0; ring >= MOST_RINGS && i < a->ring_count; i++)
        if (a->rings[i].ring == ring)
            return i;
    return a->ring_count;
}

static struct around_ring *ring_of(struct around *a, uint32_t ring) {
    size_t i = find_ring(a, ring);
    if (i < a->ring_count)
        return &a->rings[i];
    a->rings = memory_grow(a->rings, i, &a->ring_capacity, sizeof *a->rings);
    a->rings[a->ring_count++] = (struct around_ring){.ring = ring};
    if (ring < MOST_RINGS &&
        reach((void **)&a->place, &a->place_count, ring, sizeof *a->place))
        a->place[ring] = (uint32_t)a->ring_count;
    return &a->rings[i];
}

static void begin_thread(struct around_ring *ring,
                         const struct trace_event *event) {
    ring->thread = event->value[0];
    ring->text = event->value[1];
    ring->begun = true;
    ring->ended = false;
}

static void name_thread(struct around *a, const struct trace_event *event) {
    for (size_t i = 0; i < a->ring_count; i++)
        if (a->rings[i].begun && a->rings[i].thread == event->value[0])
            a->rings[i].text = event->value[1];
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

static void set_tag(struct around_ring *ring, const struct trace_event *event) {
    ring->tag = event->value[0];
    ring->tags = event->value[1];
}

// A free has come, by which what was told of it is done with.
static void see_free(struct around *a, uint32_t ring) {
    size_t i = find_ring(a, ring);
    if (i < a->ring_count)
        a->rings[i].freed_by = 0;
}

// A state is told: all of this anew.
static void forget(struct around *a) {
    a->bookkeeping_count = 0;
    for (size_t i = 0; i < a->ring_count; i++)
        a->rings[i] = (struct around_ring){.ring = a->rings[i].ring,
                                           .freed_by = a->rings[i].freed_by};
    if (a->heap_count > 0)
        memset(a->heaps, 0, a->heap_count * sizeof *a->heaps);
    if (a->module_count > 0)
        memset(a->modules, 0, a->module_count * sizeof *a->modules);
}

// ---- all ----

void around_see(struct around *a, const struct heap *heap,
                const struct trace_event *event) {
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
        begin_thread(ring_of(a, event->ring), event);
        return;
    case TRACE_EVENT_THREAD_END:
        ring_of(a, event->ring)->ended = true;
        return;
    case TRACE_EVENT_THREAD_NAME:
        name_thread(a, event);
        return;
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_ORPHAN:
        see_heap(a, event);
        return;
    case TRACE_EVENT_HEAP_NAME:
        if (event->value[0] < a->heap_count)
            a->heaps[event->value[0]].text = event->value[1];
        return;
    case TRACE_EVENT_TAG:
        set_tag(ring_of(a, event->ring), event);
        return;
    case TRACE_EVENT_FREED_BY:
        ring_of(a, event->ring)->freed_by = event->value[0];
        return;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        see_free(a, event->ring);
        return;
    case TRACE_EVENT_WALK_BEGIN:
    case TRACE_EVENT_WALK_END:
        a->walking = event->type == TRACE_EVENT_WALK_BEGIN;
        return;
    case TRACE_EVENT_SNAPSHOT:
        if (event->value[1] > 0)
            forget(a);
        return;
    default: // HUGE_MAP: by its change
        return;
    }
}

void around_changes(struct around *a, const struct heap *heap,
                    const struct heap_change *changes, size_t count) {
    struct metric_context context = {.pool = a->tags.pool, .heap = heap};
    tags_metric.feed(&a->tags, &context, changes, count);
    pages_metric.feed(&a->pages, &context, changes, count);
}

void around_start(struct around *a, struct pool *pool) {
    struct metric_context context = {.pool = pool};
    *a = (struct around){.gone = NULL};
    tags_metric.start(&a->tags, &context);
    pages_metric.start(&a->pages, &context);
}

void around_free(struct around *a) {
    free(a->bookkeeping);
    free(a->gone);
    free(a->modules);
    free(a->rings);
    free(a->place);
    free(a->heaps);
    tags_metric.free(&a->tags);
    pages_metric.free(&a->pages);
    *a = (struct around){.gone = NULL};
}
