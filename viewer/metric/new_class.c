// new_class.c - the size class that would save most.
//
// A new class of size s in front of one of size b takes the blocks of that one
// that asked for s at the most, and more than the class before has: each saves
// b
// - s. So it is enough to count the sizes that were asked for, and to go
// through them once.
#include "viewer/metric/new_class.h"

#include <string.h>

struct counts {
    const struct heap *heap;
    struct pool *pool;
    struct new_classes *classes;
    uint32_t below[CLASSES];  // block size of the next smaller class
    uint32_t *sizes[CLASSES]; // live blocks by size / NEW_CLASS_STEP, up
};

static uint32_t steps_up(uint32_t bytes) {
    return (bytes + NEW_CLASS_STEP - 1) / NEW_CLASS_STEP;
}

static void count_span(struct span *span, void *context) {
    struct counts *counts = context;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0 ||
        span->live == 0)
        return;
    uint32_t **sizes = &counts->sizes[span->class_index];
    if (!*sizes)
        *sizes = pool_zeroed(counts->pool, steps_up(span->block_bytes) + 1,
                             sizeof **sizes);
    counts->classes->classes[span->class_index].block_bytes = span->block_bytes;
    spans_unpack(&counts->heap->spans, span);
    for (uint32_t i = 0; i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE &&
            span->slots[i].wanted <= span->block_bytes)
            (*sizes)[steps_up(span->slots[i].wanted)]++;
}

static void find_best(struct new_class *class, const uint32_t *sizes,
                      uint32_t below) {
    uint64_t blocks = 0;
    for (uint32_t step = below / NEW_CLASS_STEP + 1;
         step * NEW_CLASS_STEP < class->block_bytes; step++) {
        uint32_t size = step * NEW_CLASS_STEP;
        blocks += sizes[step];
        uint64_t saved = blocks * (class->block_bytes - size);
        if (saved > class->saved) {
            class->size = size;
            class->blocks = blocks;
            class->saved = saved;
        }
    }
}

void new_classes_compute(struct new_classes *classes, const struct heap *heap,
                         struct pool *pool) {
    struct counts counts = {.heap = heap, .pool = pool, .classes = classes};
    const struct trace_tables *tables = heap->tables;
    memset(classes, 0, sizeof *classes);
    for (size_t i = 0; i < tables->class_count && i < CLASSES; i++)
        for (size_t j = 0; j < tables->class_count; j++) {
            uint32_t size = tables->classes[j].block_bytes;
            if (size < tables->classes[i].block_bytes && size > counts.below[i])
                counts.below[i] = size;
        }
    spans_each(&heap->spans, count_span, &counts);
    for (size_t i = 0; i < CLASSES; i++) {
        if (counts.sizes[i])
            find_best(&classes->classes[i], counts.sizes[i], counts.below[i]);
        pool_give(pool, counts.sizes[i]);
    }
}
