// live.c - see live.h.
#include "tests/sequences/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of a block larger than WHOLE only its ends are filled, and a word in each
// STEP.
enum { WHOLE = 16 << 10, END = 1 << 10, STEP = 60 << 10 };

struct live_block live_blocks[LIVE_PLACES];
size_t live_count, live_bytes;
unsigned long long live_seed;
unsigned long live_step;

static uint16_t by_address[LIVE_PLACES]; // places of the live ones
static uint64_t seeds;

_Noreturn void live_fail(const char *sentence) {
    printf("seed %llu, call %lu: %s\n", live_seed, live_step, sentence);
    fflush(stdout);
    abort();
}

// ---- patterns ----

static uint64_t word_of(uint64_t seed, size_t at) {
    return (seed + at) * UINT64_C(0x9e3779b97f4a7c15);
}

// Where the next word is, after the one at `at`, of a block of `size` bytes.
static size_t next_word(size_t at, size_t size) {
    if (size <= WHOLE || at + 8 < END || at + 8 > size - END)
        return at + 8;
    size_t next = at + STEP, end = (size - END) & ~(size_t)7;
    return next < end ? next : end;
}

static void fill(const struct live_block *block) {
    size_t at = 0;

    for (; at + 8 <= block->usable; at = next_word(at, block->usable)) {
        uint64_t word = word_of(block->seed, at);
        memcpy(block->bytes + at, &word, 8);
    }
    for (; at < block->usable; ++at)
        block->bytes[at] = (unsigned char)block->seed;
}

void live_check(const struct live_block *block, const unsigned char *bytes,
                size_t count) {
    size_t at = 0;

    for (; at + 8 <= block->usable; at = next_word(at, block->usable)) {
        uint64_t word = word_of(block->seed, at), found;
        if (at + 8 > count) {
            LIVE_EXPECT(at >= count ||
                            memcmp(bytes + at, &word, count - at) == 0,
                        "bytes of a block changed");
            return;
        }
        memcpy(&found, bytes + at, 8);
        LIVE_EXPECT(found == word, "bytes of a block changed");
    }
    for (; at < count; ++at)
        LIVE_EXPECT(bytes[at] == (unsigned char)block->seed,
                    "the last bytes of a block changed");
}

void live_expect_zero(const unsigned char *bytes, size_t count) {
    size_t at = 0;

    for (; at + 8 <= count; at = next_word(at, count)) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        LIVE_EXPECT(word == 0, "bytes that are to be zero are not");
    }
    for (; at < count; ++at)
        LIVE_EXPECT(bytes[at] == 0, "the last bytes are not zero");
}

// ---- the list by address ----

// How many of the list begin below `bytes`.
static size_t below(const unsigned char *bytes) {
    size_t low = 0, high = live_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (live_blocks[by_address[middle]].bytes < bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(unsigned place) {
    const struct live_block *block = &live_blocks[place];
    size_t at = below(block->bytes);

    if (at > 0) {
        const struct live_block *before = &live_blocks[by_address[at - 1]];
        LIVE_EXPECT(before->bytes + before->usable <= block->bytes,
                    "a block begins inside another one");
    }
    if (at < live_count)
        LIVE_EXPECT(block->bytes + block->usable <=
                        live_blocks[by_address[at]].bytes,
                    "a block ends inside another one");
    memmove(&by_address[at + 1], &by_address[at],
            (live_count - at) * sizeof *by_address);
    by_address[at] = (uint16_t)place;
    ++live_count;
    live_bytes += block->usable;
}

static void take_out(unsigned place) {
    size_t at = below(live_blocks[place].bytes);

    --live_count;
    memmove(&by_address[at], &by_address[at + 1],
            (live_count - at) * sizeof *by_address);
    live_bytes -= live_blocks[place].usable;
}

int live_nth(size_t number) {
    return live_count != 0 ? by_address[number % live_count] : -1;
}

// ---- blocks ----

void live_forget(void) {
    memset(live_blocks, 0, sizeof live_blocks);
    live_count = live_bytes = 0;
}

int live_empty(size_t number) {
    for (size_t i = 0; live_count < LIVE_PLACES && i < LIVE_PLACES; ++i) {
        size_t place = (number + i) % LIVE_PLACES;
        if (live_blocks[place].bytes == NULL)
            return (int)place;
    }
    return -1;
}

int live_of_heap(const struct rpmalloc_heap *heap, size_t number) {
    for (size_t i = 0; i < LIVE_PLACES; ++i) {
        size_t place = (number + i) % LIVE_PLACES;
        if (live_blocks[place].bytes != NULL && live_blocks[place].heap == heap)
            return (int)place;
    }
    return -1;
}

static void expect_well_made(const struct live_block *block) {
    struct rpmalloc_place where = rpmalloc_place_of(block->bytes);

    LIVE_EXPECT((uintptr_t)block->bytes % block->alignment == 0,
                "a block is not aligned");
    LIVE_EXPECT(block->usable >= block->size,
                "the usable size is less than was asked for");
    LIVE_EXPECT(block->size > 0 || block->usable > 0,
                "a block of 0 bytes is none of its own");
    LIVE_EXPECT(rpmalloc_get_heap_for_ptr(block->bytes) == block->heap,
                "a block is not in the heap that it was asked of");
    LIVE_EXPECT(where.span != RPMALLOC_NOWHERE && where.offset < 64 << 10,
                "a block is nowhere");
}

void live_born(unsigned place, void *bytes, size_t size, size_t alignment,
               struct rpmalloc_heap *heap) {
    struct live_block *block = &live_blocks[place];

    *block = (struct live_block){bytes,     size, rpmalloc_usable_size(bytes),
                                 alignment, 0,    heap};
    block->seed = ++seeds * UINT64_C(0x2545f4914f6cdd1d);
    expect_well_made(block);
    insert(place);
    fill(block);
}

struct live_block live_taken(unsigned place) {
    struct live_block block = live_blocks[place];

    LIVE_EXPECT(rpmalloc_usable_size(block.bytes) == block.usable,
                "the usable size of a block changed");
    live_check(&block, block.bytes, block.usable);
    take_out(place);
    live_blocks[place].bytes = NULL;
    return block;
}

void live_check_all(void) {
    for (size_t i = 0; i < live_count; ++i) {
        const struct live_block *block = &live_blocks[by_address[i]];
        live_check(block, block->bytes, block->usable);
    }
}

void live_rewrite(unsigned place) {
    live_blocks[place].seed = ++seeds * UINT64_C(0x2545f4914f6cdd1d);
    fill(&live_blocks[place]);
}
