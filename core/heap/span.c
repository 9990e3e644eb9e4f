// span.c - fulfils heap/span.h.
#include "core/heap/span.h"

#include "core/heap/cache.h"
#include "core/heap/medium.h"
#include "core/hook.h"
#include "core/os/check.h"
#include "core/span/header.h"
#include "core/span/sparse.h"

// How much to carve at a time: what one page holds, or, in a span that this
// heap has used before, at least some blocks.
enum { CARVE_BYTES = 4096, CARVE_WARM_BLOCKS = 8 };

// A heap of fewer spans has no memory worth the trouble: 8 MiB.
enum { SPARSE_LEAST_SPANS = 128 };

struct span *rp_heap_span_header(const struct span_run *run,
                                 unsigned class_index) {
    return class_is_apart(rp_size_classes[class_index].block_bytes)
               ? rp_header_apart(run->memory)
               : rp_header_in_front(run->memory);
}

void rp_heap_span_start(struct heap *heap, struct span *span,
                        const struct span_run *run, unsigned class_index) {
    const struct size_class *class = &rp_size_classes[class_index];

    // relaxed: nobody else can know a block of this span yet.
    store_relaxed(&span->owner,
                  (uintptr_t)heap |
                      (class_index >= SMALL_CLASSES ? SPAN_MEDIUM : 0));
    span->free = NULL;
    span->used = 0;
    span->carved = 0;
    span->carve_least =
        run->from == RP_PLACE_THREAD_CACHE ? CARVE_WARM_BLOCKS : 1;
    span->start = (uint16_t)class_start(class->block_bytes);
    span->capacity = class->capacity;
    span->block_bytes = class->block_bytes;
    span->reciprocal = class->reciprocal;
    span->number = run->number;
    span->next = NULL;
    span->previous = NULL;
    store_relaxed(&span->deferred, 0); // relaxed: as above
    span->class_index = class_index;
    span->run = 1;
    span->heap_number = heap->number;
    span->slot = run->slot;
    span->floor = 0;
    span->released = 0;
    span->waiting = 0;
    heap_spans_add(heap, class_index, 1);
    rp_on_span_acquire(run->number, 1, heap->number, class_index, run->from);
}

// Carves the blocks of the next piece of memory, at least one, as a list.
static struct block *span_carve(struct span *span) {
    size_t size = span->block_bytes;
    size_t start = span->start + span->carved * size;
    size_t page_end = round_up(start + 1, CARVE_BYTES);
    uint32_t count = (uint32_t)((page_end - start) / size);
    char *first = span->memory + start;
    char *block = first;

    if (count < span->carve_least)
        count = span->carve_least;
    if (count > span->capacity - span->carved)
        count = span->capacity - span->carved;
    for (uint32_t i = 1; i < count; ++i, block += size)
        ((struct block *)block)->next = (struct block *)(block + size);
    ((struct block *)block)->next = NULL;
    span->carved += count;
    span->used += count;
    return (struct block *)first;
}

struct block *rp_heap_span_list(struct span *span) {
    if (span->free != NULL)
        return span_take_free(span);
    if (span->released != 0)
        return rp_sparse_restore(span);
    return span->carved < span->capacity ? span_carve(span) : NULL;
}

void rp_heap_span_give(struct heap *heap, struct span *span) {
    CHECK(span_used(span) == 0);
    rp_sparse_forget(span);
    heap_spans_add(heap, span->class_index, -1);
    rp_cache_give(heap, span);
}

void rp_heap_span_activate(struct heap *heap, struct span *span) {
    rp_sparse_leave(&heap->sparse, span);
    span->used = span_used(span) + 1;
    span->floor = 0;
    heap->active[span->class_index] = span;
    rp_on_span_state(span->number, RP_SPAN_ACTIVE);
}

void rp_heap_span_full(struct heap *heap, struct span *span) {
    span_set_flag(span, SPAN_FULL);
    span_list_push(&heap->full, span);
    rp_on_span_state(span->number, RP_SPAN_FULL);
}

// A partial span's `used` is to reach 0 at its next mark. Small heaps have no
// marks but empty.
static void span_set_mark(struct heap *heap, struct span *span) {
    uint32_t used = span_used(span);

    span->floor =
        heap_spans(heap) >= SPARSE_LEAST_SPANS ? rp_sparse_mark(span, used) : 0;
    span->used = used - span->floor;
}

void rp_heap_span_settle(struct heap *heap, struct span *span) {
    struct span **partial = &heap->partial[span->class_index];
    int was_full = (span_flags(span) & SPAN_FULL) != 0;

    if (span == heap->active[span->class_index])
        return;
    if (was_full) {
        span_clear_flag(span, SPAN_FULL);
        span_list_remove(&heap->full, span);
    }
    if (span_used(span) == 0) {
        if (!was_full)
            span_list_remove(partial, span);
        rp_sparse_leave(&heap->sparse, span);
        rp_heap_span_give(heap, span);
        return;
    }
    if (was_full) {
        span_list_push(partial, span);
        rp_on_span_state(span->number, RP_SPAN_PARTIAL);
    }
    if (span->floor != 0 && span->used == 0)
        rp_sparse_enter(&heap->sparse, span);
    span_set_mark(heap, span);
}

void rp_heap_span_free(struct heap *heap, struct span *span,
                       struct block *block) {
    block->next = span->free;
    span->free = block;
    if (--span->used == 0 || (span_flags(span) & SPAN_FULL) != 0)
        rp_heap_span_settle(heap, span);
}

void rp_heap_span_free_list(struct heap *heap, struct block *list) {
    while (list != NULL) {
        struct block *next = list->next;
        rp_heap_span_free(heap, heap_span_of(heap, list), list);
        list = next;
    }
}
