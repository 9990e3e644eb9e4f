// state.c - the state of a heap as the events that tell it: a snapshot.
#include "viewer/trim/state.h"

#include <string.h>

enum { CLASSES = 256 };

struct teller {
    struct heap *heap;
    const struct around *around;
    uint64_t time;
    const struct event_sink *sink; // NULL: they are counted only
    uint64_t count;                // of events of ring 0
    uint64_t tag;                  // that ring 0 has now
    struct class_count {
        uint64_t spans, live;
    } classes[CLASSES];
};

static void tell_in(struct teller *t, uint32_t ring, uint32_t type,
                    const uint64_t values[TRACE_MAX_FIELDS]) {
    struct trace_event event = {.time = t->time, .ring = ring, .type = type};
    memcpy(event.value, values, sizeof event.value);
    t->count += ring == 0;
    if (t->sink)
        t->sink->put(t->sink->context, &event);
}
#define TELL_IN(t, ring, type, ...)                                            \
    tell_in(t, ring, TRACE_EVENT_##type,                                       \
            (uint64_t[TRACE_MAX_FIELDS]){__VA_ARGS__})
#define TELL(t, type, ...) TELL_IN(t, 0, type, __VA_ARGS__)

// ---- blocks ----

// The first class with blocks of the same size.
static unsigned class_of(const struct teller *t, const struct span *span) {
    const struct trace_tables *tables = t->heap->tables;
    if (span->number >= SPAN_HUGE_BIT)
        return TRACE_CLASS_HUGE;
    for (unsigned i = 0; i < tables->class_count && span->block_bytes; i++)
        if (tables->classes[i].block_bytes == span->block_bytes)
            return i;
    return TRACE_CLASS_LARGE;
}

// What is told as allocated from here on has this tag.
static void tell_tag(struct teller *t, uint64_t tag) {
    if (tag != t->tag)
        TELL(t, TAG, tag, tag != 0);
    t->tag = tag;
}

static void tell_blocks(struct teller *t, const struct span *span) {
    uint32_t deferred = span->block_bytes ? span->deferred : 0;
    for (uint32_t i = 0; i < span->blocks; i++) {
        if (span_has(span, i)) {
            tell_tag(t, tags_text_of(&t->around->tags, span->number, i));
            TELL(t, ALLOC, span->slots[i].stack, span_wanted(span, i),
                 span->number, i);
        } else if (deferred > 0) {
            // Which ones are not collected yet is not known, but how many.
            deferred--;
            tell_tag(t, 0);
            TELL(t, ALLOC, 0, 0, span->number, i);
            TELL(t, FREE_DEFERRED, span->number, i);
        }
    }
    struct class_count *class = &t->classes[class_of(t, span)];
    class->spans += span->live > 0;
    class->live += span->live;
}

// ---- spans ----

static void tell_gone(struct teller *t, const struct span *span) {
    const struct around *a = t->around;
    uint64_t unit = t->heap->span_bytes / AROUND_PAGES;
    uint64_t gone = span->number < a->gone_count ? a->gone[span->number] : 0;
    if (span->decommitted == 0)
        return;
    if ((uint64_t)__builtin_popcountll(gone) * unit != span->decommitted) {
        TELL(t, SPAN_DECOMMIT, span->number, 0, span->decommitted);
        return;
    }
    for (unsigned i = 0; i < AROUND_PAGES; i++) {
        unsigned first = i;
        while (i < AROUND_PAGES && (gone >> i & 1) != 0)
            i++;
        if (i > first)
            TELL(t, SPAN_DECOMMIT, span->number, first * unit,
                 (i - first) * unit);
    }
}

static uint64_t place_of_span(const struct span *span) {
    return span->place == SPAN_IN_GLOBAL ? TRACE_PLACE_GLOBAL_CACHE
                                         : TRACE_PLACE_THREAD_CACHE;
}

static void tell_span(struct span *span, void *context) {
    struct teller *t = context;
    if (span->number >= SPAN_HUGE_BIT) {
        TELL(t, HUGE_MAP, span->number,
             pages_of_huge(&t->around->pages, span->number), span->bytes);
        tell_blocks(t, span);
        tell_gone(t, span);
        return;
    }
    if (span->place == SPAN_IN_HEAP) {
        TELL(t, SPAN_ACQUIRE, span->number, span->run, span->heap,
             span->class_index, TRACE_PLACE_SEGMENT);
        if (span->state != TRACE_SPAN_ACTIVE)
            TELL(t, SPAN_STATE, span->number, span->state);
        tell_blocks(t, span);
    } else if (span->place == SPAN_IN_GLOBAL || span->place == SPAN_IN_THREAD) {
        TELL(t, SPAN_TRANSFER, span->number, 1, span->heap, TRACE_PLACE_SEGMENT,
             place_of_span(span));
    }
    tell_gone(t, span);
}

static void tell_segments(struct teller *t) {
    const struct spans *spans = &t->heap->spans;
    for (uint32_t i = 0; i < spans->segment_limit; i++) {
        const struct segment *segment = spans_segment(spans, i);
        if (segment)
            TELL(t, SEGMENT_MAP, i, segment->address, segment->bytes,
                 segment->span_address, segment->count);
    }
}

// ---- around it ----

// All of it, whatever was told of its pieces.
static void tell_bookkeeping(struct teller *t) {
    uint64_t left = t->heap->bookkeeping_bytes;
    for (size_t i = 0; i < t->around->bookkeeping_count; i++) {
        const struct around_memory *memory = &t->around->bookkeeping[i];
        if (memory->bytes > left)
            continue;
        TELL(t, BOOKKEEPING_MAP, memory->address, memory->bytes);
        left -= memory->bytes;
    }
    if (left > 0)
        TELL(t, BOOKKEEPING_MAP, 0, left);
}

static void tell_orphans(struct teller *t) {
    for (size_t i = 0; i < t->around->heap_count; i++) {
        const struct around_heap *heap = &t->around->heaps[i];
        if (!heap->exists || heap->has_thread)
            continue;
        TELL(t, HEAP_CREATE, i);
        TELL(t, HEAP_ORPHAN, i);
        if (heap->text)
            TELL(t, HEAP_NAME, i, heap->text);
    }
}

static void tell_heaps(struct teller *t, uint32_t ring) {
    for (size_t i = 0; i < t->around->heap_count; i++) {
        const struct around_heap *heap = &t->around->heaps[i];
        if (!heap->exists || !heap->has_thread || heap->ring != ring)
            continue;
        TELL_IN(t, ring, HEAP_CREATE, i);
        if (heap->text)
            TELL_IN(t, ring, HEAP_NAME, i, heap->text);
    }
}

static void tell_ring(struct teller *t, const struct around_ring *ring) {
    if (ring->begun) {
        TELL_IN(t, ring->ring, THREAD_START, ring->thread, ring->text);
        tell_heaps(t, ring->ring);
    }
    if (ring->tag)
        TELL_IN(t, ring->ring, TAG, ring->tag, ring->tags);
    if (ring->freed_by)
        TELL_IN(t, ring->ring, FREED_BY, ring->freed_by);
    if (ring->begun && ring->ended)
        TELL_IN(t, ring->ring, THREAD_END, ring->thread);
}

// What stands in ring 0 between SNAPSHOT and the counts of the classes.
static void tell_state(struct teller *t) {
    memset(t->classes, 0, sizeof t->classes);
    tell_bookkeeping(t);
    for (size_t i = 0; i < t->around->module_count; i++)
        if (t->around->modules[i])
            TELL(t, MODULE_LOAD, i);
    tell_orphans(t);
    tell_segments(t);
    spans_each(&t->heap->spans, tell_span, t);
    tell_tag(t, 0);
}

void state_tell(struct heap *heap, const struct around *around, uint64_t time,
                const struct event_sink *sink) {
    struct teller t = {.heap = heap, .around = around, .time = time};
    uint64_t told = 0;
    tell_state(&t);
    uint64_t events = t.count;
    t.sink = sink;
    TELL(&t, SNAPSHOT, 1, events, heap->held);
    tell_state(&t);
    for (unsigned i = 0; i < CLASSES; i++)
        if (t.classes[i].live > 0) {
            TELL(&t, SNAPSHOT_CLASS, i, t.classes[i].spans, t.classes[i].live);
            told++;
        }
    TELL(&t, SNAPSHOT_END, told);
    for (size_t i = 0; i < around->ring_count; i++)
        tell_ring(&t, &around->rings[i]);
}
