// calls_heaps.c - calls of heaps of first class.
#include "tests/sequences/live.h"
#include "tests/sequences/sequence.h"

#include <errno.h>

// One that was acquired, if there is any; else an empty place.
static unsigned input_heap(void) {
    unsigned i = input_byte() % SEQUENCE_HEAPS, tries = SEQUENCE_HEAPS;

    while (sequence.heaps[i] == NULL && --tries > 0)
        i = (i + 1) % SEQUENCE_HEAPS;
    return i;
}

struct rpmalloc_heap *input_acquired(void) {
    return sequence.heaps[input_heap()];
}

void call_heap_acquire(void) {
    unsigned i = input_byte() % SEQUENCE_HEAPS;

    if (sequence.heaps[i] != NULL)
        return;
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    if (!is_made(heap))
        return;
    for (unsigned k = 0; k < SEQUENCE_HEAPS; ++k)
        LIVE_EXPECT(sequence.heaps[k] != heap, "a heap is given out twice");
    sequence.heaps[i] = heap;
}

void call_heap_make(void) {
    struct rpmalloc_heap *heap = input_acquired();
    size_t size = input_size(), alignment = 16;
    int place = input_empty();
    unsigned way = input_byte() % 4;
    unsigned char *bytes;

    if (heap == NULL || place < 0)
        return;
    if (way == 0) {
        alignment = input_alignment();
        bytes = rpmalloc_heap_aligned_alloc(heap, alignment, size);
    } else if (way == 1) {
        bytes = rpmalloc_heap_calloc(heap, 1, size);
    } else {
        bytes = rpmalloc_heap_alloc(heap, size);
    }
    if (!is_made(bytes))
        return;
    if (way == 1)
        live_expect_zero(bytes, rpmalloc_usable_size(bytes));
    live_born((unsigned)place, bytes, size, alignment > 16 ? alignment : 16,
              heap);
}

void call_heap_many(void) {
    struct rpmalloc_heap *heap = input_acquired();
    size_t size = input_size();
    unsigned count = input_pair() % 512;

    if (heap == NULL)
        return;
    for (unsigned i = 0; is_one_of_many(i, count, size); ++i) {
        int place = live_empty(i);
        void *bytes = place >= 0 ? rpmalloc_heap_alloc(heap, size) : NULL;
        if (place < 0 || !is_made(bytes))
            return;
        live_born((unsigned)place, bytes, size, 16, heap);
    }
}

void call_heap_free(void) {
    struct rpmalloc_heap *heap = input_acquired();
    int place = heap != NULL ? live_of_heap(heap, input_pair()) : -1;

    if (heap != NULL && place < 0)
        rpmalloc_heap_free(heap, NULL);
    if (place < 0)
        return;
    void *bytes = live_taken((unsigned)place).bytes;
    errno = ERANGE;
    rpmalloc_heap_free(heap, bytes);
    LIVE_EXPECT(errno == ERANGE, "heap_free changed errno");
}

// Nobody may be freeing one meanwhile, and what was sent must not be freed
// afterwards.
void call_heap_free_all(void) {
    struct rpmalloc_heap *heap = input_acquired();

    if (heap == NULL)
        return;
    sent_withdraw(heap);
    for (unsigned i = 0; i < LIVE_PLACES; ++i)
        if (live_blocks[i].bytes != NULL && live_blocks[i].heap == heap)
            live_taken(i);
    rpmalloc_heap_free_all(heap);
}

void call_heap_release(void) {
    unsigned i = input_heap();
    struct rpmalloc_heap *heap = sequence.heaps[i];

    if (heap == NULL)
        return;
    rpmalloc_heap_release(heap);
    sequence.heaps[i] = NULL;
    for (unsigned k = 0; k < LIVE_PLACES; ++k)
        if (live_blocks[k].bytes != NULL && live_blocks[k].heap == heap)
            live_blocks[k].heap = NULL;
}
