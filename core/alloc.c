// alloc.c - allocation and free, the slow paths.
#include "core/alloc.h"

#include "core/check.h"
#include "core/large.h"
#include "core/os.h"

static void *out_of_memory(void) {
    rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
    return NULL;
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
    if (block == NULL)
        return out_of_memory();
    heap->free[class_index] = block->next;
    return block;
}

// A block of the class, when the heap's list is empty.
static inline void *class_pop(struct heap *heap, size_t class_index) {
    struct span *span = heap->active[class_index];

    if (RP_UNLIKELY(span == NULL || span->free == NULL))
        return class_refill(heap, class_index);
    struct block *block = span_take_free(span);
    heap->free[class_index] = block->next;
    return block;
}

void *rp_alloc_small(size_t size, struct heap *heap) {
    // 0 bytes come here by the empty list of class 0; class 1 may have blocks.
    if (size == 0)
        return block_alloc(1);
    return class_pop(heap, small_class(size));
}

static void *alloc_beyond(size_t size, int *is_zero) {
    struct heap *heap = rp_thread_attach();
    void *block = NULL;

    if (heap != NULL && size <= LARGE_MAX)
        block = rp_large_alloc(heap, size, BLOCK_ALIGN, is_zero);
    else if (heap != NULL)
        block = rp_huge_alloc(size, BLOCK_ALIGN, is_zero);
    return RP_LIKELY(block != NULL) ? block : out_of_memory();
}

static void *alloc_large(size_t size, struct heap *heap) {
    void *block = size <= LARGE_MAX ? large_pop(heap, size) : NULL;
    int is_zero;

    return RP_LIKELY(block != NULL) ? block : alloc_beyond(size, &is_zero);
}

void *rp_alloc_medium(size_t size, struct heap *heap) {
    if (RP_LIKELY(size <= MEDIUM_MAX)) {
        size_t class_index = medium_class(size);
        struct block *block = heap->free[class_index];
        if (block == NULL)
            return class_pop(heap, class_index);
        heap->free[class_index] = block->next;
        return block;
    }
    return alloc_large(size, heap);
}

void *rp_alloc_zero(size_t size) {
    int is_zero = 0;
    void *block = alloc_beyond(size, &is_zero);

    return block == NULL || is_zero ? block : __builtin_memset(block, 0, size);
}

// A block inside a larger one; its span is told that pointers may be interior.
static void *alloc_interior(size_t size, size_t alignment) {
    char *block = block_alloc(size + alignment - BLOCK_ALIGN);

    if (block == NULL)
        return NULL;
    span_set_flag(span_of(block), SPAN_ALIGNED);
    return block + (round_up((uintptr_t)block, alignment) - (uintptr_t)block);
}

void *rp_alloc_aligned(size_t size, size_t alignment) {
    // At least one byte, so that an interior pointer lies inside its block.
    if (size == 0)
        size = 1;
    // Blocks start at the header's end and are multiples of their size apart.
    if (alignment <= SPAN_HEADER && size <= MEDIUM_MAX) {
        size_t rounded = round_up(size, alignment);
        if (rounded <= SMALL_MAX || alignment <= MEDIUM_ALIGN)
            return block_alloc(rounded);
    }
    if (alignment <= MEDIUM_MAX && size <= MEDIUM_MAX - alignment)
        return alloc_interior(size, alignment);

    struct heap *heap = rp_thread_attach();
    int is_zero;
    void *block = NULL;
    if (heap != NULL && alignment <= SPAN_BYTES && size <= LARGE_MAX &&
        round_up(SPAN_HEADER, alignment) + size <= LARGE_MAX + SPAN_HEADER)
        block = rp_large_alloc(heap, size, alignment, &is_zero);
    else if (heap != NULL)
        block = rp_huge_alloc(size, alignment, &is_zero);
    return block != NULL ? block : out_of_memory();
}

// The block that a pointer, maybe interior, belongs to.
static struct block *block_start(struct span *span, void *pointer) {
    if ((span_flags(span) & SPAN_ALIGNED) == 0)
        return pointer;
    return span_block(span, span_block_index(span, pointer));
}

void rp_free_slow(void *pointer, struct span *span, struct heap *heap) {
    uintptr_t flags = span_flags(span);

    if ((flags & SPAN_LARGE) != 0) {
        rp_on_free(span->number, 0, 0);
        if (!large_push(heap, span))
            rp_large_free(heap, span);
        return;
    }
    if ((flags & SPAN_EMPTY) != 0)
        rp_fatal("free of a pointer into memory where no block lives");
    if ((flags & SPAN_HUGE) != 0) {
        rp_on_free(span->number, 0, 0);
        rp_huge_free(span);
        return;
    }
    struct block *block = block_start(span, pointer);
    int is_foreign = span_heap(span) != heap;
    rp_on_free(span->number, span_block_index(span, pointer), is_foreign);
    if (is_foreign)
        rp_heap_free_foreign(heap, span, block);
    else
        rp_heap_free_special(heap, span, block);
}
