// alloc.c - allocation and free, the slow paths.
#include "core/api/alloc.h"

#include "core/os/check.h"
#include "core/heap/large.h"
#include "core/heap/medium.h"
#include "core/memory/memory.h"
#include "core/os/os.h"
#include "core/thread/registry.h"

static void *out_of_memory(void) {
    rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
    return NULL;
}

// The heaps of threads that have ended keep spans for the next ones.
static void collect_idle_heaps(void) {
    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        struct heap *heap = rp_registry_heap(i);
        if (heap == NULL || !rp_registry_try_take(heap))
            continue;
        rp_heap_collect_all(heap);
        rp_heap_give_up(heap);
    }
}

void rp_make_room(struct heap *heap) {
    if (heap != &rp_no_heap)
        rp_heap_collect_all(heap);
    collect_idle_heaps();
    rp_segment_purge(0, heap->number);
}

// The rare half of class_pop. The thread may not have a heap yet.
static __attribute__((cold, noinline)) void *class_refill(struct heap *heap,
                                                          size_t class_index) {
    if (heap == &rp_no_heap)
        heap = rp_thread_attach();
    if (heap == NULL)
        return out_of_memory();

    struct block *block = heap->free[class_index];
    if (block == NULL)
        block = rp_heap_refill(heap, (unsigned)class_index);
    if (block == NULL) {
        rp_make_room(heap);
        block = rp_heap_refill(heap, (unsigned)class_index);
    }
    if (block == NULL)
        return out_of_memory();
    heap->free[class_index] = block->next;
    medium_list_count(heap, class_index, 0 - UINT32_C(1));
    return block;
}

// A block of the class, when the heap's list is empty.
static inline void *class_pop(struct heap *heap, size_t class_index) {
    struct span *span = heap->active[class_index];

    if (RP_UNLIKELY(span == NULL || span->free == NULL))
        return class_refill(heap, class_index);
    uint32_t before = span->used;
    struct block *block = span_take_free(span);
    medium_list_count(heap, class_index, span->used - before - 1);
    heap->free[class_index] = block->next;
    return block;
}

void *rp_alloc_small(size_t size, struct heap *heap) {
    // 0 bytes come here by the empty list of class 0; class 1 may have blocks.
    if (size == 0)
        return block_alloc(1, heap);
    return class_pop(heap, small_class(size));
}

// alignment: a power of two. size: of a large or huge block.
static void *beyond_try(size_t size, size_t alignment, struct heap *heap,
                        int *is_zero) {
    size_t offset = round_up(SPAN_HEADER, alignment);

    return alignment <= SPAN_BYTES && size <= LARGE_MAX &&
                   offset + size <= LARGE_MAX + SPAN_HEADER
               ? rp_large_alloc(heap, size, alignment, is_zero)
               : rp_huge_alloc(size, alignment, is_zero);
}

static void *alloc_beyond(size_t size, size_t alignment, struct heap *heap,
                          int *is_zero) {
    if (heap == &rp_no_heap)
        heap = rp_thread_attach();
    if (heap == NULL)
        return out_of_memory();
    // A first-class heap may see nothing but large blocks, freed by others.
    // relaxed: what is missed now is found the next time.
    if (load_relaxed(&heap->notify) != NULL)
        rp_heap_collect(heap);

    void *block = beyond_try(size, alignment, heap, is_zero);
    if (RP_UNLIKELY(block == NULL) && size <= rp_memory_mapped()) {
        rp_make_room(heap);
        block = beyond_try(size, alignment, heap, is_zero);
    }
    return RP_LIKELY(block != NULL) ? block : out_of_memory();
}

static void *alloc_large(size_t size, struct heap *heap) {
    void *block = size <= LARGE_MAX ? large_pop(heap, size) : NULL;
    int is_zero;

    return RP_LIKELY(block != NULL)
               ? block
               : alloc_beyond(size, BLOCK_ALIGN, heap, &is_zero);
}

void *rp_alloc_medium(size_t size, struct heap *heap) {
    if (RP_LIKELY(size <= MEDIUM_MAX)) {
        size_t class_index = medium_class(size);
        struct block *block = heap->free[class_index];
        if (block == NULL)
            return class_pop(heap, class_index);
        heap->free[class_index] = block->next;
        heap->medium.length[class_index - SMALL_CLASSES] -= 1;
        return block;
    }
    return alloc_large(size, heap);
}

void *rp_alloc_zero(size_t size, struct heap *heap) {
    int is_zero = 0;
    void *block = alloc_beyond(size, BLOCK_ALIGN, heap, &is_zero);

    return block == NULL || is_zero ? block : __builtin_memset(block, 0, size);
}

// A block inside a larger one; its span is told that pointers may be interior.
static void *alloc_interior(size_t size, size_t alignment, struct heap *heap) {
    char *block = block_alloc(size + alignment - BLOCK_ALIGN, heap);

    if (block == NULL)
        return NULL;
    span_set_flag(span_of(block), SPAN_ALIGNED);
    return block + (round_up((uintptr_t)block, alignment) - (uintptr_t)block);
}

void *rp_alloc_aligned(size_t size, size_t alignment, struct heap *heap) {
    // At least one byte, so that an interior pointer lies inside its block.
    if (size == 0)
        size = 1;
    // Blocks start at the header's end and are multiples of their size apart.
    if (alignment <= SPAN_HEADER && size <= MEDIUM_MAX) {
        size_t rounded = round_up(size, alignment);
        if (rounded <= SMALL_MAX || alignment <= MEDIUM_ALIGN)
            return block_alloc(rounded, heap);
    }
    if (alignment <= MEDIUM_MAX && size <= MEDIUM_MAX - alignment)
        return alloc_interior(size, alignment, heap);

    int is_zero;
    return alloc_beyond(size, alignment, heap, &is_zero);
}

// The block that a pointer, maybe interior, belongs to.
static struct block *block_start(struct span *span, void *pointer) {
    if ((span_flags(span) & SPAN_ALIGNED) == 0)
        return pointer;
    return span_block(span, span_block_index(span, pointer));
}

// A large or huge block that was made in a first-class heap belongs to that
// heap, which has it in a list: only who has the heap may take it out.
static void free_beyond(struct span *span, struct block *block,
                        struct heap *heap) {
    struct heap *owner = span_heap(span);
    int is_foreign = owner != NULL && owner != heap;

    rp_on_free(span->number, 0, is_foreign);
    if (owner == heap)
        rp_heap_drop_beyond(heap, span);
    if (is_foreign)
        rp_heap_free_foreign(heap, span, block);
    else if ((span_flags(span) & SPAN_HUGE) != 0)
        rp_huge_free(span);
    else
        rp_large_free(heap, span);
}

// What is neither an own medium block nor a large one.
static __attribute__((noinline)) void free_rare(void *pointer,
                                                struct span *span,
                                                struct heap *heap) {
    uintptr_t flags = span_flags(span);

    if ((flags & (SPAN_LARGE | SPAN_HUGE)) != 0) {
        free_beyond(span, pointer, heap);
        return;
    }
    if ((flags & SPAN_EMPTY) != 0)
        rp_fatal("free of a pointer into memory where no block lives");
    struct block *block = block_start(span, pointer);
    int is_foreign = span_heap(span) != heap;
    rp_on_free(span->number, span_block_index(span, pointer), is_foreign);
    if (is_foreign)
        rp_heap_free_foreign(heap, span, block);
    else if ((flags & (SPAN_MEDIUM | SPAN_ALIGNED)) == SPAN_MEDIUM)
        rp_medium_list_push(heap, span, block);
    else
        rp_heap_free_special(heap, span, block);
}

void rp_free_slow(void *pointer, struct span *span, struct heap *heap) {
    // relaxed: our own heap's address is there only if we put it there.
    uintptr_t owner = load_relaxed(&span->owner);

    if ((owner & ~(uintptr_t)SPAN_FULL) == ((uintptr_t)heap | SPAN_MEDIUM) &&
        medium_list_has_room(heap, span)) {
        if (rp_is_observed())
            rp_on_free(span->number, span_block_index(span, pointer), 0);
        medium_list_push(heap, span, pointer);
        return;
    }
    if (owner == SPAN_LARGE && thread_cache_has_room(heap, span)) {
        if (rp_is_observed())
            rp_on_free(span->number, 0, 0);
        thread_cache_push(heap, span);
        return;
    }
    free_rare(pointer, span, heap);
}

// ---- what the public functions share ----

// alignment: any power of two.
static void *alloc_any(size_t alignment, size_t size, struct heap *heap) {
    return alignment <= BLOCK_ALIGN ? block_alloc(size, heap)
                                    : rp_alloc_aligned(size, alignment, heap);
}

void *rp_heap_calloc(struct heap *heap, size_t count, size_t size) {
    size_t bytes;
    void *block;

    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX; // fails below, in the same way
    if (bytes <= MEDIUM_MAX) {
        block = block_alloc(bytes, heap);
        if (block != NULL)
            __builtin_memset(block, 0, bytes);
    } else {
        block = rp_alloc_zero(bytes, heap);
    }
    return block_report(block, bytes, RP_ALLOC_CALLOC, 0);
}

void *rp_heap_aligned_alloc(struct heap *heap, size_t alignment, size_t size) {
    return block_report(alloc_any(alignment, size, heap), size,
                        RP_ALLOC_ALIGNED, alignment);
}

// Whether a block of `usable` bytes may stay for a request of `size`: it is
// large enough, and not so large that half of it would be wasted.
static int fits_in_place(size_t usable, size_t size) {
    enum { NOT_WORTH_MOVING = 64 };

    return size <= usable && (size >= usable / 2 || usable <= NOT_WORTH_MOVING);
}

// How much to ask for when a block of `usable` bytes grows to `size`. A large
// block that grew is likely to grow again: a quarter more costs address space,
// not memory, and saves the next copies.
static size_t reserved(size_t usable, size_t size) {
    if (usable <= MEDIUM_MAX || size <= usable || size > PTRDIFF_MAX / 2)
        return size;
    return size + size / 4;
}

void *rp_heap_realloc(struct heap *heap, void *block, size_t alignment,
                      size_t size, size_t keep) {
    size_t usable = block != NULL ? block_usable(block) : 0;

    if (block != NULL && ((uintptr_t)block & (alignment - 1)) == 0 &&
        fits_in_place(usable, size)) {
        const struct span *span = span_of(block);
        rp_on_resize(span->number, span_block_index(span, block), size,
                     RP_IS_OBSERVED && span_is_foreign(span, heap));
        return block;
    }
    size_t asked = reserved(usable, size);
    void *moved = alloc_any(alignment, asked, heap);
    if (moved == NULL && asked != size)
        moved = alloc_any(alignment, size, heap);
    block_report(moved, size, RP_ALLOC_REALLOC, 0);
    if (moved != NULL && block != NULL) {
        size_t bytes = keep < usable ? keep : usable;
        __builtin_memcpy(moved, block, bytes < size ? bytes : size);
    }
    return moved;
}
