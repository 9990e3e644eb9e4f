// alloc.c - allocation, the slow paths.
#include "core/api/alloc.h"

#include "core/api/free.h"
#include "core/heap/begin.h"
#include "core/heap/collect.h"
#include "core/heap/huge.h"
#include "core/heap/large.h"
#include "core/heap/medium.h"
#include "core/heap/notify.h"
#include "core/heap/refill.h"
#include "core/heap/retire.h"
#include "core/heap/work.h"
#include "core/memory/memory.h"
#include "core/os/os.h"
#include "core/thread/foreign.h"
#include "core/thread/idle.h"

static void *out_of_memory(void) {
    rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
    return NULL;
}

// The heap gives back what it does not use, as far as all heaps' cache.
static __attribute__((cold, noinline)) void heap_make_room(struct heap *heap) {
    rp_foreign_flush(heap);
    rp_heap_retire_pages(heap);
}

void rp_alloc_make_room(struct heap *heap) {
    if (heap != &rp_no_heap)
        heap_make_room(heap);
    // The heaps of threads that have ended keep spans for the next ones.
    rp_idle_retire_all();
    rp_segment_purge(0, heap->number);
}

// The list of a class, of which the heap's spans have no block, from another
// span. NULL: out of memory.
static struct block *refill_anew(struct heap *heap, unsigned class_index) {
    // Who needs memory does not hold back that of others.
    rp_foreign_flush(heap);
    struct block *block = rp_heap_refill_anew(heap, class_index);

    if (block == NULL) {
        rp_alloc_make_room(heap);
        block = rp_heap_refill(heap, class_index);
    }
    return block != NULL ? block : rp_heap_refill_anew(heap, class_index);
}

// The heap looks after itself while the caller has a block of it.
static __attribute__((cold, noinline)) void *look(struct heap *heap,
                                                  void *block) {
    rp_heap_look(heap);
    return block;
}

// What a refill that is not a list coming back whole counts for, in blocks.
enum { REFILL_WORK = 8 };

// The rare half of class_pop. The thread may not have a heap yet.
static __attribute__((cold, noinline)) void *class_refill(struct heap *heap,
                                                          size_t class_index) {
    if (heap == &rp_no_heap)
        heap = rp_thread_attach();
    if (heap == NULL)
        return out_of_memory();

    if (heap_hears_wish(heap)) {
        heap_make_room(heap);
        rp_segment_purge(0, heap->number);
    }
    notify_seen(heap);
    class_index = begin_from(heap, class_index);
    struct block *block = heap->free[class_index];
    if (block == NULL)
        block = rp_heap_refill(heap, (unsigned)class_index);
    if (block == NULL)
        block = refill_anew(heap, (unsigned)class_index);
    if (block == NULL)
        return out_of_memory();
    heap->free[class_index] = block->next;
    medium_popped(heap, class_index);
    return work_is_done(heap, REFILL_WORK) ? look(heap, block) : block;
}

// A block of the class, when the heap's list is empty.
static inline void *class_pop(struct heap *heap, size_t class_index) {
    struct span *span = heap->active[class_index];

    if (RP_UNLIKELY(span == NULL || span->free == NULL))
        return class_refill(heap, class_index);
    uint32_t before = span->used;
    struct block *block = span_take_free(span);
    uint32_t count = span->used - before;
    medium_take(heap, class_index, count, count - 1);
    heap->free[class_index] = block->next;
    return work_is_done(heap, count) ? look(heap, block) : block;
}

void *rp_alloc_small(size_t size, struct heap *heap) {
    // 0 bytes come here by the empty list of class 0; class 1 may have blocks.
    if (size == 0)
        return block_alloc(1, heap);
    return class_pop(heap, small_class(size));
}

// Whether a block of `size` bytes is to be a run of spans. One that is alone in
// its segment costs an embedder a call in either case, and less as a huge
// block, which need not end with a span.
static int is_for_a_run(size_t size) {
    return size <= (rp_memory_is_paged()
                        ? LARGE_MAX
                        : (size_t)SEGMENT_SPANS / 2 * SPAN_BYTES);
}

// alignment: a power of two. size: of a large or huge block.
static void *large_try(size_t size, size_t alignment, struct heap *heap,
                       int *is_zero) {
    return alignment <= SPAN_BYTES && is_for_a_run(size)
               ? rp_large_alloc(heap, size, is_zero)
               : rp_huge_alloc(size, alignment, is_zero);
}

static void *alloc_large(size_t size, size_t alignment, struct heap *heap,
                         int *is_zero) {
    if (heap == &rp_no_heap)
        heap = rp_thread_attach();
    if (heap == NULL)
        return out_of_memory();
    // A first-class heap may see nothing but large blocks, freed by others.
    if (notify_has_any(heap))
        rp_heap_collect(heap);

    void *block = large_try(size, alignment, heap, is_zero);
    if (RP_UNLIKELY(block == NULL) && size <= rp_memory_mapped()) {
        rp_alloc_make_room(heap);
        block = large_try(size, alignment, heap, is_zero);
    }
    return RP_LIKELY(block != NULL) ? block : out_of_memory();
}

// What the thread cache does not have. Apart, as it needs a stack frame.
static __attribute__((noinline)) void *alloc_large_anew(size_t size,
                                                        struct heap *heap) {
    int is_zero;

    return alloc_large(size, BLOCK_ALIGN, heap, &is_zero);
}

static __attribute__((noinline)) void *alloc_above_medium(size_t size,
                                                          struct heap *heap) {
    void *block = size <= LARGE_MAX ? large_pop(heap, size) : NULL;

    if (RP_UNLIKELY(block == NULL))
        return alloc_large_anew(size, heap);
    return work_is_done(heap, 1) ? look(heap, block) : block;
}

static __attribute__((noinline)) void *medium_pop(struct heap *heap,
                                                  size_t class_index) {
    void *block = class_pop(heap, class_index);

    // The thread may have got its heap just now.
    if (RP_LIKELY(block != NULL))
        (heap != &rp_no_heap ? heap : rp_thread_heap)
            ->medium.wanted[class_index - SMALL_CLASSES] = 1;
    return block;
}

static inline void *medium_alloc(size_t class_index, struct heap *heap) {
    struct block *block = heap->free[class_index];

    if (block == NULL)
        return medium_pop(heap, class_index);
    heap->free[class_index] = block->next;
    heap->medium.length[class_index - SMALL_CLASSES] -= 1;
    return work_is_done(heap, 1) ? look(heap, block) : block;
}

void *rp_alloc_medium(size_t size, struct heap *heap) {
    if (RP_LIKELY(size <= MEDIUM_MAX))
        return medium_alloc(medium_class(size), heap);
    return alloc_above_medium(size, heap);
}

// `size` bytes, more than MEDIUM_MAX, zeroed to the end of the block.
static void *alloc_zero(size_t size, struct heap *heap) {
    int is_zero = 0;
    void *block = alloc_large(size, BLOCK_ALIGN, heap, &is_zero);

    return block == NULL || is_zero
               ? block
               : __builtin_memset(block, 0, block_usable(block));
}

// The bytes of a block that a request of `size`, up to MEDIUM_MAX, has got.
// heap: &rp_no_heap, too.
static size_t block_bytes_of(const void *block, size_t size,
                             const struct heap *heap) {
    if (size > SMALL_MAX)
        return rp_size_classes[medium_class(size)].block_bytes;
    if (size == 0)
        size = 1;
    return RP_LIKELY(!begin_is_lent(heap, small_class(size)))
               ? round_up(size, BLOCK_ALIGN)
               : block_usable(block);
}

// A block inside a larger one; its span is told that pointers may be interior.
static void *alloc_interior(size_t size, size_t alignment, struct heap *heap) {
    char *block = block_alloc(size + alignment - BLOCK_ALIGN, heap);

    if (block == NULL)
        return NULL;
    span_set_flag(span_of(block), SPAN_ALIGNED);
    return block + (round_up((uintptr_t)block, alignment) - (uintptr_t)block);
}

// The smallest class whose blocks hold `size` bytes and are multiples of the
// alignment, as are then their addresses (size_class.h). 0: there is none, or
// it is larger than blocks that have the aligned one somewhere inside. size:
// not 0.
static size_t aligned_class(size_t size, size_t alignment) {
    if (size > MEDIUM_MAX || alignment > CLASS_ALIGN_MAX)
        return 0;
    size_t rounded = round_up(size, alignment);
    if (rounded <= SMALL_MAX)
        return small_class(rounded);
    size_t most = size + alignment - BLOCK_ALIGN;
    size_t end = most <= MEDIUM_MAX ? medium_class(most) + 1 : CLASS_COUNT;
    size_t c = medium_class(size > SMALL_MAX ? size : SMALL_MAX + 1);
    while (c < end && (rp_size_classes[c].block_bytes & (alignment - 1)) != 0)
        ++c;
    return c < end ? c : 0;
}

// alignment: a power of two above 16.
static void *alloc_aligned(size_t size, size_t alignment, struct heap *heap) {
    // At least one byte, so that an interior pointer lies inside its block.
    if (size == 0)
        size = 1;
    size_t natural = aligned_class(size, alignment);
    if (natural >= SMALL_CLASSES)
        return medium_alloc(natural, heap);
    if (natural != 0)
        return block_alloc(natural * BLOCK_ALIGN, heap);
    if (alignment <= MEDIUM_MAX && size <= MEDIUM_MAX - alignment)
        return alloc_interior(size, alignment, heap);

    int is_zero;
    return alloc_large(size, alignment, heap, &is_zero);
}

// ---- what the public functions share ----

// alignment: any power of two.
static void *alloc_any(size_t alignment, size_t size, struct heap *heap) {
    return alignment <= BLOCK_ALIGN ? block_alloc(size, heap)
                                    : alloc_aligned(size, alignment, heap);
}

void *rp_alloc_zeroed(struct heap *heap, size_t count, size_t size) {
    size_t bytes;
    void *block;

    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX; // fails below, in the same way
    if (bytes <= MEDIUM_MAX) {
        block = block_alloc(bytes, heap);
        if (block != NULL)
            __builtin_memset(block, 0, block_bytes_of(block, bytes, heap));
    } else {
        block = alloc_zero(bytes, heap);
    }
    return block_report(block, bytes, RP_ALLOC_CALLOC, 0);
}

void *rp_alloc_aligned(struct heap *heap, size_t alignment, size_t size) {
    return block_report(alloc_any(alignment, size, heap), size,
                        RP_ALLOC_ALIGNED, alignment);
}

// The block stays where it is.
static void *block_resized(struct heap *heap, void *block, size_t size) {
    const struct span *span = span_of(block);

    rp_on_resize(span->number, span_block_index(span, block), size,
                 RP_IS_OBSERVED && span_is_foreign(span, heap));
    return block;
}

// How much to ask for when a block of `usable` bytes grows to `size`. A large
// block that grew is likely to grow again: a quarter more costs address space,
// not memory, and saves the next copies.
static size_t reserved(size_t usable, size_t size) {
    if (usable <= MEDIUM_MAX || size <= usable || size > PTRDIFF_MAX / 2)
        return size;
    return size + size / 4;
}

// A huge block that stays one, made longer or shorter by its mapping. NULL: it
// is none, or cannot be. Those of a first-class heap are in a list.
static void *huge_resized(void *block, size_t alignment, size_t size) {
    struct span *span = block != NULL ? span_of(block) : NULL;

    if (span == NULL || (span_flags(span) & SPAN_HUGE) == 0 ||
        span_heap(span) != NULL || size <= LARGE_MAX ||
        alignment > SPAN_BYTES || ((uintptr_t)block & (alignment - 1)) != 0)
        return NULL;
    return rp_huge_resize(span, size);
}

void *rp_alloc_resized(struct heap *heap, void *block, size_t alignment,
                       size_t size, size_t keep) {
    size_t usable = block != NULL ? block_usable(block) : 0;
    int stays = block != NULL && ((uintptr_t)block & (alignment - 1)) == 0 &&
                size <= usable;

    if (stays && resize_is_worth_keeping(usable, size))
        return block_resized(heap, block, size);
    int saved = stays ? rp_os_errno() : 0;
    size_t asked = reserved(usable, size);
    void *moved = huge_resized(block, alignment, asked);
    if (moved != NULL)
        return block_report(moved, size, RP_ALLOC_REALLOC, 0);
    moved = alloc_any(alignment, asked, heap);
    if (moved == NULL && asked != size)
        moved = alloc_any(alignment, size, heap);
    if (moved == NULL && stays) {
        // It only was to get smaller.
        rp_os_set_errno(saved);
        return block_resized(heap, block, size);
    }
    block_report(moved, size, RP_ALLOC_REALLOC, 0);
    if (moved != NULL && block != NULL) {
        size_t bytes = keep < usable ? keep : usable;
        __builtin_memcpy(moved, block, bytes < size ? bytes : size);
        block_free_into(block, heap);
    }
    return moved;
}
