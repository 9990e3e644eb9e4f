// test_bookkeeping.c - memory for tables: zeroed, aligned, nobody else's.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/memory/bookkeeping.h"
#include "core/memory/memory.h"
#include "tests/core/embedder.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>

enum { LINE = 64, MOST = 127 * 1024, THREADS = 4, PIECES = 500 };

// bytes, filled with its own mark; 0 when they were not zero or not aligned.
static int take_and_fill(size_t bytes, int mark) {
    unsigned char *piece = rp_bookkeeping_alloc(bytes);

    if (piece == NULL || (uintptr_t)piece % LINE != 0 || piece[0] != 0 ||
        memcmp(piece, piece + 1, bytes - 1) != 0)
        return 0;
    memset(piece, mark, bytes);
    return 1;
}

static size_t offsets[] = {0, 1, 16, 63, 64, 65, 4095};

ParameterizedTestParameters(bookkeeping, pieces_are_zero_whatever_the_offset) {
    return cr_make_param_array(size_t, offsets,
                               sizeof offsets / sizeof offsets[0]);
}

ParameterizedTest(size_t *offset, bookkeeping,
                  pieces_are_zero_whatever_the_offset) {
    embedder_reset(*offset);
    struct rpmalloc_config config = embedder_config();
    rp_memory_configure(&config);

    for (size_t bytes = 1; bytes < MOST; bytes += 1 + bytes / 3)
        cr_assert(take_and_fill(bytes, 0xff));

    rp_bookkeeping_finalize();
    cr_assert(zero(sz, embedder_outstanding()));
    cr_assert(zero(sz, load_relaxed(&embedder.mistakes)));
}

Test(bookkeeping, the_largest_piece_is_to_be_had) {
    cr_assert(take_and_fill(MOST, 1));
    cr_assert(take_and_fill(MOST, 1));
}

Test(bookkeeping, what_is_mapped_is_counted) {
    cr_assert(zero(sz, rp_bookkeeping_mapped()));

    take_and_fill(100, 1);

    cr_assert(gt(sz, rp_bookkeeping_mapped(), 100));
    cr_assert(eq(sz, rp_bookkeeping_mapped(), rp_memory_mapped()));
}

Test(bookkeeping, without_memory_there_is_no_piece) {
    embedder_reset(0);
    embedder.fail_count = SIZE_MAX;
    struct rpmalloc_config config = embedder_config();
    rp_memory_configure(&config);

    cr_assert(eq(ptr, rp_bookkeeping_alloc(64), NULL));
    cr_assert(zero(sz, rp_bookkeeping_mapped()));
}

static void take_pieces(int index, void *context) {
    unsigned char **pieces = (unsigned char **)context + index * PIECES;

    for (size_t i = 0; i < PIECES; ++i) {
        pieces[i] = rp_bookkeeping_alloc(1 + i * 7);
        memset(pieces[i], index * 31 + (int)(i % 31), 1 + i * 7);
    }
}

Test(bookkeeping, threads_never_get_the_same_bytes) {
    static unsigned char *pieces[THREADS * PIECES];
    unsigned wrong = 0;

    threads_run(THREADS, take_pieces, pieces);

    for (size_t i = 0; i < THREADS * PIECES; ++i) {
        size_t bytes = 1 + i % PIECES * 7;
        wrong += pieces[i][0] != i / PIECES * 31 + i % PIECES % 31 ||
                 memcmp(pieces[i], pieces[i] + 1, bytes - 1) != 0;
    }
    cr_assert(zero(uint, wrong));
}
