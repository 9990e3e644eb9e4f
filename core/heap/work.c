// work.c - fulfils work.h.
#include "core/heap/work.h"

#include "core/heap/cache.h"
#include "core/heap/collect.h"
#include "core/heap/medium.h"
#include "core/heap/notify.h"
#include "core/heap/retire.h"
#include "core/heap/span.h"
#include "core/memory/surplus.h"
#include "core/span/purge.h"

enum { SHRINK_EVERY = 2 }; // stretches of its work

// So large a part of the heap's spans must be sparse, that huge units are worth
// being taken to pieces for a few pages each: they lie in all of them.
enum { SPLIT_PART = 8 };

// A block in a medium list keeps the span it is of, a list that nobody pops
// from maybe an empty active span, and an empty span the segment. What is
// wanted comes back.
static void shrink(struct heap *heap) {
    rp_cache_trim(heap, cache_spans(heap) / 2);
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        if (heap->active[c] != NULL && heap->seen[c] == heap->free[c])
            rp_heap_retire_class(heap, c);
        heap->seen[c] = heap->free[c];
    }
    for (unsigned m = 0; m < MEDIUM_CLASSES; ++m)
        rp_heap_span_free_list(heap,
                               rp_medium_spill(heap, SMALL_CLASSES + m,
                                               heap->medium.length[m] / 2));
}

void rp_heap_look(struct heap *heap) {
    size_t blocks = (size_t)(WORK_BLOCKS - heap->work_left);
    uint32_t stretch = (uint32_t)(rp_surplus_stretch() / WORK_BLOCKS); // looks

    heap->work_left = WORK_BLOCKS;
    if (notify_has_any(heap))
        rp_heap_collect(heap);
    rp_sparse_move(&heap->sparse, stretch,
                   heap->sparse.count >= heap_spans(heap) / SPLIT_PART);
    if (++heap->looks >= SHRINK_EVERY * stretch) {
        heap->looks = 0;
        shrink(heap);
        notify_forget(heap);
    }
    rp_purge_worked(blocks, heap->number);
}
