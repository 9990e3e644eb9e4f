// test_should_move.c - of which blocks the allocator says that they should
// move.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/rpmalloc.h"
#include "core/span/segment_index.h"
#include "tests/core/embedder.h"
#include "tests/core/random.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>

enum { MIB = 1 << 20, MOST = 200000 };

static char *blocks[MOST];

static size_t held(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_thread_collect();
    rpmalloc_global_statistics(&now);
    return now.mapped - now.segment_free - now.bookkeeping;
}

static size_t fill(size_t size, size_t bytes) {
    size_t count = bytes / size < MOST ? bytes / size : MOST;

    for (size_t i = 0; i < count; ++i)
        blocks[i] = rpmalloc(size);
    return count;
}

// Frees three of four, at random.
static void thin_out(size_t count) {
    uint64_t random = 1;

    for (size_t i = 0; i < count; ++i)
        if (random_below(&random, 4) != 0) {
            rpfree(blocks[i]);
            blocks[i] = NULL;
        }
}

static size_t count_to_move(size_t count) {
    size_t moves = 0;

    for (size_t i = 0; i < count; ++i)
        moves += blocks[i] != NULL && rpmalloc_should_move(blocks[i]);
    return moves;
}

// Moves until nothing should; returns the bytes that live.
static size_t move_all(size_t count, size_t size) {
    size_t live = 0;

    while (count_to_move(count) > 0)
        for (size_t i = 0; i < count; ++i) {
            if (blocks[i] == NULL || !rpmalloc_should_move(blocks[i]))
                continue;
            char *moved = rpmalloc(size);
            rpfree(blocks[i]);
            blocks[i] = moved;
        }
    for (size_t i = 0; i < count; ++i)
        live += rpmalloc_usable_size(blocks[i]);
    return live;
}

static size_t sizes[] = {16, 100, 1000, 1500, 4096, 8000, 16384, 21000, 32768};

ParameterizedTestParameters(should_move, blocks_of_one_size_are_packed) {
    return cr_make_param_array(size_t, sizes, sizeof sizes / sizeof *sizes);
}

ParameterizedTest(size_t *size, should_move, blocks_of_one_size_are_packed) {
    size_t count = fill(*size, 64 * MIB);
    thin_out(count);

    size_t live = move_all(count, *size);

    // Two spans of each class may stay sparse.
    cr_assert(le(sz, held(), live + live / 10 + (size_t)3 * SPAN_BYTES));
}

Test(should_move, nobody_in_a_full_span_should) {
    size_t count = fill(100, 4 * MIB);

    cr_assert(zero(sz, count_to_move(count)));
}

Test(should_move, a_block_in_a_sparse_span_should) {
    size_t count = fill(100, 4 * MIB);
    thin_out(count);

    cr_assert(gt(sz, count_to_move(count), 0));
}

Test(should_move, nothing_else_should) {
    static char outside[200000];
    size_t count = fill(100, 4 * MIB);
    char *large = rpmalloc(10 * 65536);
    char *huge = rpmalloc(10 * MIB);
    memset(large, 0xff, 10 * 65536);
    thin_out(count);
    int answers = rpmalloc_should_move(NULL) + rpmalloc_should_move(&count) +
                  rpmalloc_should_move((void *)1) +
                  rpmalloc_should_move((void *)UINTPTR_MAX);

    for (size_t i = 0; i < sizeof outside; ++i)
        answers += rpmalloc_should_move(outside + i);
    for (size_t i = 0; i < 10 * 65536; i += 8)
        answers +=
            rpmalloc_should_move(large + i) + rpmalloc_should_move(huge + i);

    cr_assert(zero(int, answers));
}

Test(should_move, no_pointer_into_a_block_should) {
    size_t count = fill(112, 4 * MIB);
    int answers = 0;
    thin_out(count);

    for (size_t i = 0; i < count; ++i)
        for (size_t k = 1; blocks[i] != NULL && k < 112; ++k)
            answers += rpmalloc_should_move(blocks[i] + k);

    cr_assert(zero(int, answers));
}

// The index goes by the lowest 48 bits; nobody has memory there.
Test(should_move, no_address_that_differs_in_its_highest_bits_should) {
    size_t count = fill(100, MIB);
    thin_out(count);
    cr_assert(gt(sz, count_to_move(count), 0));

    for (size_t i = 0; i < count; ++i)
        for (unsigned bit = 48; blocks[i] != NULL && bit < 64; ++bit) {
            uintptr_t other = (uintptr_t)blocks[i] ^ (uintptr_t)1 << bit;
            cr_assert(not(rpmalloc_should_move((void *)other)));
        }
}

Test(should_move, of_an_end_without_room_nothing_is_read) {
    // What was mapped, and is not any more.
    size_t count = fill(100, 20 * MIB);
    cr_assert(zero(int, rpmalloc_should_move(blocks[0])));
    for (size_t i = 0; i < count; ++i)
        rpfree(blocks[i]);
    rpmalloc_thread_collect();

    cr_assert(zero(sz, count_to_move(count)));
}

Test(should_move, segments_mapped_later_are_known) {
    size_t first = fill(100, MIB);
    cr_assert(zero(int, rpmalloc_should_move(blocks[0])));
    for (size_t i = 0; i < first; ++i)
        cr_assert(ne(uint, rp_segment_index_at(blocks[i]), NO_SPAN));

    size_t count = fill(200, 20 * MIB);

    for (size_t i = 0; i < count; ++i)
        cr_assert(eq(uint, rp_segment_index_at(blocks[i]),
                     rpmalloc_place_of(blocks[i]).span));
}

static void ask(int index, void *context) {
    size_t *moves = context;

    rpfree(rpmalloc(100));
    moves[index] = count_to_move(4 * MIB / 100);
}

Test(should_move, the_blocks_of_another_thread_should_not) {
    size_t moves[4];
    thin_out(fill(100, 4 * MIB));

    threads_run(4, ask, moves);

    for (int i = 0; i < 4; ++i)
        cr_assert(zero(sz, moves[i]));
}

Test(should_move, in_memory_of_an_embedder_they_are_packed_too) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(16);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));
    size_t count = fill(500, 32 * MIB);
    thin_out(count);

    size_t live = move_all(count, 500);

    // What is empty beside a span in use is for any size, and stays.
    size_t after = held();
    struct rpmalloc_empty_statistics empty;
    rpmalloc_empty_statistics(&empty);
    cr_assert(le(sz, after - empty.global_pinned,
                 live + live / 10 + (size_t)3 * SPAN_BYTES));
    rpmalloc_finalize();
    cr_assert(zero(sz, embedder_outstanding()));
}

// ---- the index, while others map and unmap ----

static void fill_and_empty(int index, void *context) {
    static char *of_thread[4][40];
    size_t *wrong = context;

    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < 40; ++i)
            of_thread[index][i] = rpmalloc(30000);
        for (int i = 0; i < 40; ++i) {
            uint32_t found = rp_segment_index_at(of_thread[index][i]);
            wrong[index] +=
                found != rpmalloc_place_of(of_thread[index][i]).span;
        }
        for (int i = 0; i < 40; ++i)
            rpfree(of_thread[index][i]);
        rpmalloc_thread_collect();
    }
}

Test(should_move, the_index_is_right_while_threads_race) {
    size_t wrong[4] = {0};
    cr_assert(eq(uint, rp_segment_index_at(&wrong), NO_SPAN));

    threads_run(4, fill_and_empty, wrong);

    for (int i = 0; i < 4; ++i)
        cr_assert(zero(sz, wrong[i]));
}
