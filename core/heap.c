// heap.c - refilling lists, and spans on their way between them.
#include "core/heap.h"

#include "core/bits.h"
#include "core/block_set.h"
#include "core/check.h"
#include "core/deferred.h"
#include "core/hook.h"
#include "core/large.h"
#include "core/medium_list.h"
#include "core/memory.h"
#include "core/registry.h"
#include "core/thread_cache.h"

// How much to carve at a time: what one page holds, or, in a span that this
// heap has used before, at least some blocks.
enum { CARVE_BYTES = 4096, CARVE_WARM_BLOCKS = 8 };

// A heap of fewer spans has no memory worth the trouble: 8 MiB.
enum { SPARSE_LEAST_SPANS = 128 };

// Its thread cache counts as full.
struct heap rp_no_heap = {.number = RP_NO_HEAP, .cache.spans = SIZE_MAX / 2};

// ---- a span on its way ----

static void span_start(struct heap *heap, const struct span_run *run,
                       unsigned class_index) {
    const struct size_class *class = &rp_size_classes[class_index];
    struct span *span = run->first;

    // relaxed: nobody else can know a block of this span yet.
    store_relaxed(&span->owner,
                  (uintptr_t)heap |
                      (class_index >= SMALL_CLASSES ? SPAN_MEDIUM : 0));
    span->free = NULL;
    span->used = 0;
    span->carved = 0;
    span->carve_least =
        run->from == RP_PLACE_THREAD_CACHE ? CARVE_WARM_BLOCKS : 1;
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
    heap_spans_add(heap, 1);
    rp_on_span_acquire(run->number, 1, heap->number, class_index, run->from);
}

// Carves the blocks of the next piece of memory, at least one, as a list.
static struct block *span_carve(struct span *span) {
    size_t size = span->block_bytes;
    size_t start = SPAN_HEADER + span->carved * size;
    size_t page_end = round_up(start + 1, CARVE_BYTES);
    uint32_t count = (uint32_t)((page_end - start) / size);
    char *first = (char *)span + start;
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

static void span_give(struct heap *heap, struct span *span) {
    CHECK(span_used(span) == 0);
    rp_sparse_forget(span);
    heap_spans_add(heap, 0 - (size_t)1);
    rp_run_give(heap, span);
}

static void span_become_active(struct heap *heap, struct span *span) {
    rp_sparse_leave(&heap->sparse, span);
    span->used = span_used(span) + 1;
    span->floor = 0;
    heap->active[span->class_index] = span;
    rp_on_span_state(span->number, RP_SPAN_ACTIVE);
}

static void span_become_full(struct heap *heap, struct span *span) {
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

// Blocks have come back into the span's list: it moves to where it belongs.
static void span_settle(struct heap *heap, struct span *span) {
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
        span_give(heap, span);
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

void rp_heap_span_low(struct heap *heap, struct span *span) {
    span_settle(heap, span);
}

void rp_heap_free_special(struct heap *heap, struct span *span,
                          struct block *block) {
    block->next = span->free;
    span->free = block;
    if (--span->used == 0 || (span_flags(span) & SPAN_FULL) != 0)
        span_settle(heap, span);
}

// ---- what others freed ----

static void beyond_free(struct heap *heap, struct span *span) {
    int is_huge = (span_flags(span) & SPAN_HUGE) != 0;

    rp_heap_drop_beyond(heap, span);
    if (is_huge)
        rp_huge_free(span);
    else
        rp_large_free(heap, span);
}

static void span_collect(struct heap *heap, struct span *span) {
    uint32_t count;
    struct block *first = deferred_take(span, &count);

    if ((span_flags(span) & (SPAN_LARGE | SPAN_HUGE)) != 0) {
        rp_on_deferred_collect(span->number, heap->number, count);
        beyond_free(heap, span);
        return;
    }

    CHECK(count > 0 && count <= span_used(span));
    rp_on_deferred_collect(span->number, heap->number, count);
    if (span->free != NULL) {
        struct block *last = first;
        while (last->next != NULL)
            last = last->next;
        last->next = span->free;
    }
    span->free = first;
    uint32_t used = span_used(span) - count;
    span->floor = span->floor < used ? span->floor : used;
    span->used = used - span->floor;
    span_settle(heap, span);
}

void rp_heap_collect(struct heap *heap) {
    // acquire [notify]: every span's notify_next
    struct span *span = swap_acquire(&heap->notify, NULL);

    while (span != NULL) {
        // Before the span's stack is empty, for then it may be pushed again.
        struct span *next = span->notify_next;
        span_collect(heap, span);
        span = next;
    }
}

// Puts the heap's list back into the spans, and those where they belong.
static void class_retire(struct heap *heap, unsigned class_index) {
    struct span *span = heap->active[class_index];

    if (class_index >= SMALL_CLASSES)
        rp_medium_list_spill(heap, class_index, 0);
    if (span == NULL)
        return;
    while (heap->free[class_index] != NULL) {
        struct block *block = heap->free[class_index];
        heap->free[class_index] = block->next;
        block->next = span->free;
        span->free = block;
        --span->used;
    }
    if (span->used == 1) {
        span->used = 0;
        heap->active[class_index] = NULL;
        span_give(heap, span);
    }
}

static void heap_notify(struct heap *heap, struct span *span) {
    struct span *head = load_relaxed(&heap->notify); // relaxed: a guess

    do {
        span->notify_next = head;
        // release [notify]: notify_next
        // acquire [given up]: that the heap is idle, if it is
    } while (!cas_acq_rel(&heap->notify, &head, span));
}

void rp_heap_give_up(struct heap *heap) {
    struct span *none;

    for (;;) {
        rp_registry_give(heap);
        none = NULL;
        // Who pushed before we gave the heap found it taken, and left the
        // collecting to us. Either our CAS sees that push, or that thread's CAS
        // comes after ours and then sees that the heap is idle.
        // release [given up]: that the heap is idle
        if (cas_strong_acq_rel(&heap->notify, &none, NULL) ||
            !rp_registry_try_take(heap))
            return;
        rp_heap_collect(heap);
        rp_thread_cache_trim(heap, IDLE_SPANS);
    }
}

// Gives a chain of foreign blocks to their owner.
static void chain_push(const struct outgoing_chain *chain) {
    struct span *span = chain->span;
    // Before the blocks are given away, and the span maybe with them:
    struct heap *owner = span_heap(span);
    uint32_t class_index = span->class_index;

    rp_on_deferred_push(span->number, chain->count);
    if (!deferred_push(span, chain->first, chain->last, chain->count))
        return;
    heap_notify(owner, span);
    // A heap without a thread has nobody to collect: do it for its next owner.
    if (rp_registry_try_take(owner)) {
        rp_heap_collect(owner);
        if (class_index < CLASS_COUNT)
            class_retire(owner, class_index);
        rp_thread_cache_trim(owner, IDLE_SPANS);
        rp_heap_give_up(owner);
    }
}

void rp_heap_free_foreign(struct heap *heap, struct span *span,
                          struct block *block) {
    unsigned place = outgoing_place(span);
    struct outgoing_chain *chain = &heap->outgoing.chains[place];
    struct outgoing_chain single = {span, block, block, 1, span->block_bytes};

    // The blocks of a first-class heap can all go at any time, by free_all:
    // none of them may wait here. Nor should those beyond spans, for their
    // size. relaxed: stays what it is while a block lives that could wait.
    if (heap == &rp_no_heap || span->class_index == RP_CLASS_LARGE ||
        load_relaxed(&span_heap(span)->is_first_class)) {
        chain_push(&single);
        return;
    }
    if (chain->span == span) {
        block->next = chain->first;
        chain->first = block;
        chain->count += 1;
        chain->bytes += span->block_bytes;
        if (chain->bytes < OUTGOING_BYTES)
            return;
        single = *chain;
        chain->span = NULL;
        chain_push(&single);
        return;
    }
    struct outgoing_chain evicted = *chain;
    block->next = NULL;
    *chain = single;
    heap->outgoing.begun |= 1u << place;
    if (evicted.span != NULL)
        chain_push(&evicted);
}

void rp_heap_flush_outgoing(struct heap *heap) {
    // Nothing is written into rp_no_heap, which all threads share.
    while (heap->outgoing.begun != 0) {
        unsigned place = lowest_bit(heap->outgoing.begun);
        struct outgoing_chain *chain = &heap->outgoing.chains[place];
        struct outgoing_chain taken = *chain;
        heap->outgoing.begun &= heap->outgoing.begun - 1;
        chain->span = NULL;
        if (taken.span != NULL)
            chain_push(&taken);
    }
}

// ---- refill ----

static struct span *span_next(struct heap *heap, unsigned class_index) {
    struct span *span = heap->partial[class_index];
    struct span_run run;

    if (span != NULL) {
        span_list_remove(&heap->partial[class_index], span);
    } else {
        rp_heap_flush_outgoing(heap);
        if (!rp_run_take(heap, 1, &run))
            return NULL;
        span = run.first;
        span_start(heap, &run, class_index);
    }
    span_become_active(heap, span);
    return span;
}

// The next list of the active span, or NULL when it has no free block.
static struct block *span_list(struct span *span) {
    if (span->free != NULL)
        return span_take_free(span);
    if (span->released != 0)
        return rp_sparse_restore(span);
    return span->carved < span->capacity ? span_carve(span) : NULL;
}

// The same into the heap's list, which is empty.
static struct block *list_fill(struct heap *heap, struct span *span) {
    unsigned class_index = span->class_index;
    uint32_t before = span->used;
    struct block *list = span_list(span);

    heap->free[class_index] = list;
    medium_list_count(heap, class_index, span->used - before);
    return list;
}

struct block *rp_heap_refill(struct heap *heap, unsigned class_index) {
    struct span *span = heap->active[class_index];
    struct block *list = span != NULL ? list_fill(heap, span) : NULL;

    CHECK(list != NULL || heap->free[class_index] == NULL);
    // relaxed: what is missed now is found at the next refill.
    if (list == NULL && load_relaxed(&heap->notify) != NULL) {
        rp_heap_collect(heap);
        list = span != NULL ? list_fill(heap, span) : NULL;
    }
    if (list == NULL) {
        if (span != NULL) {
            heap->active[class_index] = NULL;
            --span->used;
            span_become_full(heap, span);
        }
        span = span_next(heap, class_index);
        if (span == NULL)
            return NULL;
        list = list_fill(heap, span);
    }
    CHECK(list != NULL && span->used > 0 && span->used <= span->carved + 1);
    return list;
}

// ---- giving up what is empty ----

void rp_heap_retire(struct heap *heap) {
    rp_heap_flush_outgoing(heap);
    rp_heap_collect(heap);
    for (unsigned c = 0; c < CLASS_COUNT; ++c)
        class_retire(heap, c);
    rp_thread_cache_trim(heap, 0);
}

void rp_heap_collect_all(struct heap *heap) {
    rp_heap_retire(heap);
    for (unsigned c = 0; c < CLASS_COUNT && rp_memory_is_paged(); ++c)
        for (struct span *s = heap->partial[c]; s != NULL; s = s->next)
            rp_sparse_release(s);
}

// ---- first-class heaps ----

void rp_heap_keep_beyond(struct heap *heap, struct span *span) {
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, (uintptr_t)heap | span_flags(span));
    span_list_push(&heap->beyond, span);
}

void rp_heap_drop_beyond(struct heap *heap, struct span *span) {
    span_list_remove(&heap->beyond, span);
    store_relaxed(&span->owner, span_flags(span)); // relaxed: it is ours
}

// Tells the observer of each block that free_all is about to free.
static void span_report_all(const struct span *span) {
    struct block_set free;

    block_set_clear(&free);
    rp_heap_add_free(span, &free);
    for (uint32_t i = 0; i < span->capacity; ++i)
        if (!block_set_has(&free, i))
            rp_on_free(span->number, i, 0);
}

// Frees what lives in a span of the heap that is in no list any more.
static void span_free_all(struct heap *heap, struct span *span) {
    rp_sparse_leave(&heap->sparse, span);
    span->used = 0;
    span->floor = 0;
    span_give(heap, span);
}

static void list_free_all(struct heap *heap, struct span **list) {
    while (*list != NULL) {
        struct span *span = *list;
        span_list_remove(list, span);
        span_free_all(heap, span);
    }
}

static void heap_report_all(const struct heap *heap) {
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        if (heap->active[c] != NULL)
            span_report_all(heap->active[c]);
        for (const struct span *s = heap->partial[c]; s != NULL; s = s->next)
            span_report_all(s);
    }
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        span_report_all(s);
}

void rp_heap_free_all(struct heap *heap) {
    rp_heap_collect(heap);
    if (RP_IS_OBSERVED)
        heap_report_all(heap);
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        struct span *active = heap->active[c];
        heap->free[c] = NULL;
        if (c >= SMALL_CLASSES)
            heap->medium.length[c - SMALL_CLASSES] = 0;
        heap->active[c] = NULL;
        if (active != NULL)
            span_free_all(heap, active);
        list_free_all(heap, &heap->partial[c]);
    }
    list_free_all(heap, &heap->full);
    while (heap->beyond != NULL) {
        rp_on_free(heap->beyond->number, 0, 0);
        beyond_free(heap, heap->beyond);
    }
}
