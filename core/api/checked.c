// checked.c - see checked.h.
#include "core/api/checked.h"

#include "core/api/alloc.h"
#include "core/api/free.h"
#include "core/heap/huge.h"
#include "core/heap/large.h"
#include "core/heap/large_list.h"
#include "core/os/os.h"

static void *out_of_memory(void) {
    rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
    return NULL;
}

// A block for the checks; *is_zero: whether it is known to be zero.
static void *make(struct heap *heap, size_t bytes, int *is_zero) {
    *is_zero = 0;
    if (RP_UNLIKELY(bytes > LARGE_MAX && bytes <= PTRDIFF_MAX)) {
        void *huge = rp_huge_alloc(bytes, BLOCK_ALIGN, is_zero);
        if (huge != NULL)
            return huge;
    }
    return block_alloc(bytes, heap);
}

// What the header of its span says of a block.
static inline struct rp_place_of_block place_of(void *block) {
    struct span *span = span_of(block);
    int is_single = (span_flags(span) & (SPAN_LARGE | SPAN_HUGE)) != 0;

    return (struct rp_place_of_block){
        .block = block,
        .bytes = is_single ? span->large_bytes : span->block_bytes,
        .first = is_single ? block : span_block(span, 0),
        .span = span->number,
        .index = is_single ? 0 : span_block_index(span, block),
        .count = is_single ? 1 : span->capacity,
        .heap = is_single ? RP_NO_HEAP : span->heap_number,
        .is_single = (uint32_t)is_single,
    };
}

// A first-class heap has its large blocks in a list.
static __attribute__((cold, noinline)) void own_single(
    struct heap *heap, struct rp_place_of_block *place) {
    // relaxed: only who has a first-class heap makes blocks in it
    if (!load_relaxed(&heap->is_first_class))
        return;
    rp_large_list_add(heap, span_of(place->block));
    place->heap = heap->number;
}

// As without checks.
static void *alloc_plainly(struct heap *heap, const struct rp_request *request,
                           int *is_zero) {
    *is_zero = request->kind == RP_ALLOC_CALLOC;
    if (*is_zero)
        return rp_alloc_zeroed(heap, 1, request->size);
    if (request->alignment > BLOCK_ALIGN)
        return rp_alloc_aligned(heap, request->alignment, request->size);
    return block_report(block_alloc(request->size, heap), request->size,
                        request->kind, request->alignment);
}

// Tells of a block that was made as the checks have planned it, and returns the
// program's pointer into it. block: may be NULL.
static inline void *hand_out(struct heap *heap, void *block,
                             const struct rp_request *request) {
    if (RP_UNLIKELY(block == NULL))
        return NULL;
    struct rp_place_of_block place = place_of(block);
    if (RP_UNLIKELY(rp_is_recorded()))
        rp_on_alloc(place.span, place.index, request->size, request->kind,
                    request->alignment);
    if (RP_UNLIKELY(place.is_single))
        own_single(heap, &place);
    return rp_check_made(request, &place);
}

static void *alloc(struct heap *heap, const struct rp_request *request,
                   int *is_zero) {
    void *ready;
    size_t bytes = rp_check_plan(request, &ready);

    *is_zero = ready != NULL; // it is new
    if (ready != NULL)
        return ready;
    return RP_LIKELY(bytes != 0)
               ? hand_out(heap, make(heap, bytes, is_zero), request)
               : alloc_plainly(heap, request, is_zero);
}

// ---- small ones, of which there are most ----

static __attribute__((noinline)) void *alloc_anew(struct heap *heap,
                                                  size_t size,
                                                  enum rp_family family) {
    int is_zero;

    return alloc(heap, &(struct rp_request){.size = size, .family = family},
                 &is_zero);
}

void *rp_checked_made_anew(void *block, size_t wanted, enum rp_family family) {
    return hand_out(rp_thread_heap, block,
                    &(struct rp_request){.size = wanted, .family = family});
}

// What a block is made of that goes the short way; 0: it goes another. Nothing
// is recorded then.
static inline size_t plan_again(size_t size) {
    size_t around = rp_check_space();

    return RP_LIKELY(around <= SMALL_MAX && size <= SMALL_MAX - around) &&
                   RP_LIKELY(!rp_is_recorded())
               ? size + around
               : 0;
}

// Mostly of a span that the checks know. What is called comes last.
static inline void *alloc_again(struct heap *heap, size_t size,
                                enum rp_family family, size_t bytes) {
    struct block **list = &heap->free[small_class(bytes)];
    struct block *block = *list;

    if (RP_UNLIKELY(block == NULL))
        return alloc_anew(heap, size, family);
    *list = block->next;
    const struct span *span = span_around(block); // as of all small blocks
    return rp_check_made_again(block, size, family, span->number,
                               span->block_bytes, span->heap_number);
}

void *rp_checked_alloc(struct heap *heap, const struct rp_request *request) {
    size_t bytes = plan_again(request->size);
    int is_zero;

    return RP_LIKELY(bytes != 0 && request->alignment <= BLOCK_ALIGN)
               ? alloc_again(heap, request->size, request->family, bytes)
               : alloc(heap, request, &is_zero);
}

void *rp_checked_zeroed(struct heap *heap, size_t count, size_t size) {
    struct rp_request request = {.kind = RP_ALLOC_CALLOC};
    int is_zero = 0;

    if (__builtin_mul_overflow(count, size, &request.size))
        return out_of_memory();
    size_t bytes = plan_again(request.size);
    void *pointer =
        bytes != 0 ? alloc_again(heap, request.size, RP_FAMILY_MALLOC, bytes)
                   : alloc(heap, &request, &is_zero);
    if (pointer != NULL && !is_zero)
        __builtin_memset(pointer, 0, request.size);
    return pointer;
}

static __attribute__((noinline)) void *alloc_instead(size_t wanted,
                                                     struct block *block) {
    const struct rp_request request = {.size = wanted};
    struct heap *heap = rp_thread_heap;
    void *ready = NULL;
    size_t bytes = rp_is_checked() ? rp_check_plan(&request, &ready) : 0;

    if (RP_UNLIKELY(ready == NULL && bytes == 0))
        return block_report(block, wanted, RP_ALLOC_MALLOC, 0);
    struct block **list = &heap->free[small_class(wanted)];
    block->next = *list;
    *list = block;
    if (RP_UNLIKELY(ready != NULL))
        return ready;
    // Of a small size, but perhaps not with what is around it.
    return hand_out(heap, block_alloc(bytes, heap), &request);
}

void *rp_checked_instead(size_t wanted, void *pointer) {
    size_t bytes = plan_again(wanted);

    if (RP_UNLIKELY(bytes == 0))
        return alloc_instead(wanted, pointer);
    struct heap *heap = rp_thread_heap;
    struct block **list = &heap->free[small_class(wanted)];
    struct block *block = pointer;
    block->next = *list;
    *list = block;
    return alloc_again(heap, wanted, RP_FAMILY_MALLOC, bytes);
}

void *rp_checked_resized(struct heap *heap, void *pointer, size_t alignment,
                         size_t size, size_t keep) {
    struct rp_request request = {
        .size = size,
        .alignment = alignment,
        .kind = RP_ALLOC_REALLOC,
    };
    static const struct rp_return how = {
        .call = "realloc", .family = RP_FAMILY_MALLOC, .size = RP_UNSAID};

    if (pointer == NULL)
        return rp_checked_alloc(heap, &request);
    if (!rp_check_has(pointer))
        return rp_alloc_resized(heap, pointer, alignment, size, keep);
    size_t had = rp_check_size(pointer, how.call);
    if (had == RP_UNSAID)
        return out_of_memory();
    if (keep > had)
        keep = had;
    request.written = keep < size ? keep : size;
    void *moved = rp_checked_alloc(heap, &request);
    if (moved == NULL)
        return NULL;
    __builtin_memcpy(moved, pointer, request.written);
    rp_checked_free(pointer, &how);
    return moved;
}

// Frees what the checks hand over, if the header of its span can be right.
static void free_block(void *block, struct heap *heap) {
    if (rp_checks_spans()) {
        struct rp_place_of_block place = place_of(block);
        if (!rp_check_span(&place))
            return;
    }
    if (RP_LIKELY(!rp_is_recorded()) && !is_at_page(block))
        block_give(block, heap);
    else
        block_free_into(block, heap);
}

// Frees it, and what else the checks hand over. Apart, as mostly they keep what
// they get for a while.
static __attribute__((noinline)) void free_all(void *block) {
    for (; block != NULL; block = rp_check_rest())
        free_block(block, rp_thread_heap);
}

void rp_checked_free(void *pointer, const struct rp_return *how) {
    void *block = rp_check_give(pointer, how);

    if (block != NULL)
        free_all(block);
}

void rp_checked_free_plainly(void *pointer) {
    static const struct rp_return how = {
        .call = "free", .family = RP_FAMILY_MALLOC, .size = RP_UNSAID};

    rp_checked_free(pointer, &how);
}

void *rp_checked_malloc_if_checked(size_t size, struct heap *heap) {
    size_t bytes = plan_again(size);

    if (RP_LIKELY(bytes != 0))
        return alloc_again(heap, size, RP_FAMILY_MALLOC, bytes);
    if (rp_is_checked())
        return alloc_anew(heap, size, RP_FAMILY_MALLOC);
    return block_report(block_alloc(size, heap), size, RP_ALLOC_MALLOC, 0);
}

size_t rp_checked_usable_size(const void *pointer) {
    if (!rp_check_has(pointer)) {
        const struct span *span = span_of(pointer);
        rp_on_usable_size(span->number, span_block_index(span, pointer),
                          span_is_foreign(span, rp_thread_heap));
        return block_usable(pointer);
    }
    size_t size = rp_check_size(pointer, "malloc_usable_size");

    return size != RP_UNSAID ? size : 0;
}

void rp_checked_heap_end(struct heap *heap) {
    void *block;

    rp_check_heap_end(heap->number);
    while ((block = rp_check_heap_rest(heap->number)) != NULL)
        free_block(block, heap);
}
