// alloc.c - allocation and free, the slow paths.
#include "core/alloc.h"

#include "core/check.h"
#include "core/large.h"
#include "core/os.h"

static void *out_of_memory(void) {
    rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
    return NULL;
}

static struct block *class_pop(struct heap *heap, unsigned class_index) {
    struct block *block = heap->free[class_index];

    if (block == NULL)
        block = rp_heap_refill(heap, class_index);
    if (block != NULL)
        heap->free[class_index] = block->next;
    return block;
}

static void *alloc_any(struct heap *heap, size_t size, int *is_zero) {
    *is_zero = 0;
    if (heap == &rp_no_heap) {
        heap = rp_thread_attach();
        if (heap == NULL)
            return NULL;
    }
    if (size <= SMALL_MAX)
        return class_pop(heap, size != 0 ? small_class(size) : 1);
    if (size <= MEDIUM_MAX)
        return class_pop(heap, medium_class(size));
    if (size <= LARGE_MAX)
        return rp_large_alloc(heap, size, BLOCK_ALIGN, is_zero);
    return rp_huge_alloc(size, BLOCK_ALIGN, is_zero);
}

void *rp_alloc_slow(struct heap *heap, size_t size) {
    int is_zero;
    void *block = alloc_any(heap, size, &is_zero);

    return block != NULL ? block : out_of_memory();
}

void *rp_alloc_zero(size_t size) {
    int is_zero;
    void *block = alloc_any(rp_thread_heap, size, &is_zero);

    if (block == NULL)
        return out_of_memory();
    return is_zero ? block : __builtin_memset(block, 0, size);
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

void rp_free_slow(struct heap *heap, struct span *span, void *pointer) {
    uintptr_t flags = span_flags(span);

    if ((flags & SPAN_EMPTY) != 0)
        rp_fatal("free of a pointer into memory where no block lives");
    if ((flags & SPAN_HUGE) != 0) {
        rp_on_free(span->number, 0, 0);
        rp_huge_free(span);
        return;
    }
    if ((flags & SPAN_LARGE) != 0) {
        rp_on_free(span->number, 0, 0);
        rp_large_free(heap, span);
        return;
    }
    struct block *block = block_start(span, pointer);
    int is_foreign = span_heap(span) != heap;
    rp_on_free(span->number, span_block_index(span, pointer), is_foreign);
    if (is_foreign)
        rp_heap_free_deferred(span, block);
    else
        rp_heap_free_special(heap, span, block);
}
