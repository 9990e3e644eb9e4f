// stranded.c - spans that are held because heaps do not share them.
#include "viewer/metric/stranded.h"

#include <stdlib.h>
#include <string.h>

struct heap_part {
    uint32_t heap;
    uint32_t live, blocks; // of its span
    uint8_t class_index;
};

struct parts {
    struct pool *pool;
    struct heap_part *list;
    size_t count, capacity;
};

static void collect(struct span *span, void *context) {
    struct parts *parts = context;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0)
        return;
    parts->list = pool_grow(parts->pool, parts->list, parts->count,
                            &parts->capacity, sizeof *parts->list);
    parts->list[parts->count++] = (struct heap_part){
        span->heap, span->live, span->blocks, span->class_index};
}

static int compare(const void *left, const void *right) {
    const struct heap_part *a = left, *b = right;
    if (a->class_index != b->class_index)
        return a->class_index < b->class_index ? -1 : 1;
    return (a->heap > b->heap) - (a->heap < b->heap);
}

static uint64_t needed(uint64_t live, uint32_t per_span) {
    return (live + per_span - 1) / per_span;
}

void stranded_compute(struct stranded *stranded, const struct heap *heap,
                      struct pool *pool) {
    struct parts parts = {.pool = pool};
    uint64_t all = 0;
    memset(stranded, 0, sizeof *stranded);
    spans_each(&heap->spans, collect, &parts);
    if (parts.count > 0)
        qsort(parts.list, parts.count, sizeof *parts.list, compare);
    for (size_t i = 0, end; i < parts.count; i = end) {
        const struct heap_part *first = &parts.list[i];
        struct stranded_class *class = &stranded->classes[first->class_index];
        uint64_t live = 0;
        for (end = i;
             end < parts.count && compare(first, &parts.list[end]) == 0; end++)
            live += parts.list[end].live;
        class->heaps++;
        class->spans += end - i;
        class->apart += needed(live, first->blocks);
        all += live;
        if (end == parts.count ||
            parts.list[end].class_index != first->class_index) {
            class->together = needed(all, first->blocks);
            all = 0;
        }
    }
    pool_give(parts.pool, parts.list);
}
