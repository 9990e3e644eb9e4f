// calls_blocks.c - calls that make, change and free blocks.
#include "tests/sequences/live.h"
#include "tests/sequences/sequence.h"

#include <errno.h>
#include <string.h>

enum { ALIGNED = 16 }; // every block

int is_made(const void *bytes) {
    if (bytes == NULL)
        LIVE_EXPECT(sequence.may_fail && errno == ENOMEM,
                    "a call failed without a reason");
    return bytes != NULL;
}

void free_kept(void *bytes) {
    errno = ERANGE;
    rpfree(bytes);
    LIVE_EXPECT(errno == ERANGE, "free changed errno");
}

void call_malloc(void) {
    int place = input_empty();
    size_t size = input_size();

    if (place < 0)
        return;
    void *bytes = rpmalloc(size);
    if (is_made(bytes))
        live_born((unsigned)place, bytes, size, ALIGNED, NULL);
}

void call_calloc(void) {
    int place = input_empty();
    size_t size = input_size(), count = 1 + input_byte() % 16;

    if (place < 0)
        return;
    unsigned char *bytes = rpcalloc(count, size / count);
    if (!is_made(bytes))
        return;
    live_expect_zero(bytes, rpmalloc_usable_size(bytes));
    live_born((unsigned)place, bytes, size / count * count, ALIGNED, NULL);
}

void call_aligned(void) {
    int place = input_empty();
    size_t alignment = input_alignment(), size = input_size();

    if (place < 0)
        return;
    void *bytes = alignment % 3 == 1 ? rpaligned_alloc(alignment, size)
                                     : rpmemalign(alignment, size);
    if (is_made(bytes))
        live_born((unsigned)place, bytes, size,
                  alignment > ALIGNED ? alignment : ALIGNED, NULL);
}

void call_posix_memalign(void) {
    int place = input_empty();
    size_t alignment = input_alignment(), size = input_size();
    void *bytes = &place;

    if (place < 0)
        return;
    errno = ERANGE;
    int error = rpposix_memalign(&bytes, alignment, size);
    LIVE_EXPECT(errno == ERANGE, "posix_memalign changed errno");
    if (alignment < sizeof(void *))
        LIVE_EXPECT(error == EINVAL, "posix_memalign took a bad alignment");
    else if (error != 0)
        LIVE_EXPECT(sequence.may_fail && error == ENOMEM,
                    "posix_memalign failed without a reason");
    if (error != 0)
        LIVE_EXPECT(bytes == &place, "posix_memalign failed and set a result");
    else
        live_born((unsigned)place, bytes, size,
                  alignment > ALIGNED ? alignment : ALIGNED, NULL);
}

// What must hold after a block was asked to become another, which keeps up to
// `keep` bytes; heap: for one that moved. bytes: the result.
static void accept(unsigned place, const struct live_block *old, void *bytes,
                   size_t size, size_t alignment, size_t keep,
                   struct rpmalloc_heap *heap) {
    if (!is_made(bytes)) {
        LIVE_EXPECT(size > old->usable ||
                        (uintptr_t)old->bytes % alignment != 0,
                    "a block that gets smaller where it is was refused");
        live_check(old, old->bytes, old->usable);
        live_born(place, old->bytes, old->size, old->alignment, old->heap);
        return;
    }
    if (keep > size)
        keep = size;
    live_check(old, bytes, keep < old->usable ? keep : old->usable);
    live_born(place, bytes, size, alignment,
              bytes == old->bytes ? old->heap : heap);
}

// Often a little more or less, to stay where it is, or to move by a class.
static size_t input_next_size(size_t size) {
    unsigned how = input_byte();

    if (how % 4 == 0)
        return input_size();
    size_t by = how / 4 % 32 * (size / 64 + 1);
    return how % 4 == 1 && size > by ? size - by : size + by;
}

void call_realloc(void) {
    int place = input_live();

    if (place < 0)
        return;
    size_t size = input_next_size(live_blocks[place].size);
    struct live_block old = live_taken((unsigned)place);
    void *bytes = rprealloc(old.bytes, size);
    accept((unsigned)place, &old, bytes, size, ALIGNED, SIZE_MAX, NULL);
}

void call_aligned_realloc(void) {
    int place = input_live();

    if (place < 0)
        return;
    size_t size = input_next_size(live_blocks[place].size);
    size_t alignment = input_alignment(), keep = input_pair();
    unsigned flags = keep % 4 == 0 ? RPMALLOC_NO_PRESERVE : 0;
    struct live_block old = live_taken((unsigned)place);
    void *bytes = rpaligned_realloc(old.bytes, alignment, size, keep, flags);
    if (alignment < ALIGNED)
        alignment = ALIGNED;
    if (keep == 0)
        keep = SIZE_MAX;
    accept((unsigned)place, &old, bytes, size, alignment, flags ? 0 : keep,
           NULL);
}

void call_heap_realloc(void) {
    struct rpmalloc_heap *heap = input_acquired();
    int place = heap != NULL ? live_of_heap(heap, input_pair()) : -1;

    if (place < 0)
        return;
    size_t size = input_next_size(live_blocks[place].size);
    struct live_block old = live_taken((unsigned)place);
    void *bytes = rpmalloc_heap_realloc(heap, old.bytes, size);
    accept((unsigned)place, &old, bytes, size, ALIGNED, SIZE_MAX, heap);
}

void call_free(void) {
    int place = input_live();

    if (place < 0)
        rpfree(NULL);
    else
        free_kept(live_taken((unsigned)place).bytes);
}

int is_one_of_many(unsigned i, unsigned count, size_t size) {
    enum { ENOUGH = 3 << 20, LIVE_ENOUGH = 20 << 20 };

    return i < count && i * size < ENOUGH && live_bytes < LIVE_ENOUGH;
}

void call_many(void) {
    size_t size = input_size(), step = input_byte() % 4 * 16;
    unsigned count = input_pair() % 1024;

    for (unsigned i = 0; is_one_of_many(i, count, size); ++i) {
        int place = live_empty(i);
        size_t asked = size + i % 8 * step;
        void *bytes = place >= 0 ? rpmalloc(asked) : NULL;
        if (place < 0 || !is_made(bytes))
            return;
        live_born((unsigned)place, bytes, asked, ALIGNED, NULL);
    }
}

void call_free_many(void) {
    unsigned how = input_byte(), every = 1 + how % 16, part = input_byte();

    // Those places count that are not of the part, so that a share stays.
    for (unsigned i = 0; i < LIVE_PLACES; ++i) {
        unsigned place = how < 128 ? i : LIVE_PLACES - 1 - i;
        if (live_blocks[place].bytes != NULL &&
            (every == 1 || place % every != part % every))
            free_kept(live_taken(place).bytes);
    }
}

void call_rewrite(void) {
    int place = input_live();

    if (place >= 0)
        live_rewrite((unsigned)place);
}

// Volatile, or compilers object.
void call_wrong(void) {
    volatile size_t most = SIZE_MAX, three = 3, beyond = PTRDIFF_MAX;
    size_t less = input_pair();

    errno = 0;
    LIVE_EXPECT(rpmalloc(most - less) == NULL && errno == ENOMEM,
                "a malloc of too much");
    errno = 0;
    LIVE_EXPECT(rpcalloc(most / 2, 3 + less) == NULL && errno == ENOMEM,
                "a calloc of too much");
    errno = 0;
    LIVE_EXPECT(rpaligned_alloc(64, beyond + 1 + less) == NULL &&
                    errno == ENOMEM,
                "an aligned_alloc of too much");
    errno = 0;
    LIVE_EXPECT(rpaligned_alloc(three, less) == NULL && errno == EINVAL,
                "a bad alignment");
    LIVE_EXPECT(rpmalloc_usable_size(NULL) == 0, "NULL has a size");
    int place = input_live();
    if (place < 0)
        return;
    struct live_block *block = &live_blocks[place];
    errno = 0;
    LIVE_EXPECT(rprealloc(block->bytes, most - less) == NULL && errno == ENOMEM,
                "a realloc to too much");
    live_check(block, block->bytes, block->usable);
}

// What is no block of ours, and what was one.
static void ask_with_anything(const struct live_block *block) {
    unsigned random = input_pair();

    LIVE_EXPECT(!rpmalloc_should_move(NULL) && !rpmalloc_should_move(&random) &&
                    !rpmalloc_should_move((void *)(uintptr_t)random) &&
                    !rpmalloc_should_move((void *)~(uintptr_t)random),
                "what is no block should move");
    LIVE_EXPECT(!rpmalloc_should_move(block->bytes + 1) &&
                    !rpmalloc_should_move(block->bytes + 8),
                "what is inside a block should move");
    LIVE_EXPECT(block->heap == NULL || !rpmalloc_should_move(block->bytes),
                "a block of another heap should move");
    (void)rpmalloc_should_move(block->bytes + random * 16);
}

void call_should_move(void) {
    int place = input_live();
    unsigned first = input_pair() % LIVE_PLACES, count = 64;

    if (place >= 0)
        ask_with_anything(&live_blocks[place]);
    for (unsigned i = first; i < LIVE_PLACES && count-- > 0; ++i) {
        if (live_blocks[i].bytes == NULL ||
            !rpmalloc_should_move(live_blocks[i].bytes))
            continue;
        struct live_block old = live_blocks[i];
        void *bytes = rpmalloc(old.size);
        if (!is_made(bytes))
            return;
        memcpy(bytes, old.bytes, old.size);
        live_check(&old, bytes, old.size);
        old = live_taken(i);
        free_kept(old.bytes);
        live_born(i, bytes, old.size, ALIGNED, NULL);
    }
}
