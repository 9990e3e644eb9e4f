// test_intern.c - tests instrument/shm/intern.c and pool.c.
#include "instrument/shm/intern.h"

#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct rp_intern *intern;
static struct rp_shm shm;
static bool added;

static struct rp_pool make_pool(void) {
    struct rp_pool_shared *shared = rp_system_map(sizeof *shared, RP_MAP_OWN);

    cr_assert(rp_shm_make_private(&shm, sizeof(struct rp_shm_head)));
    return (struct rp_pool){&shm, shared};
}

static void setup(void) {
    intern = rp_system_map(sizeof *intern, RP_MAP_OWN);
    intern->pool = make_pool();
}

TestSuite(intern, .init = setup);

Test(intern, gives_equal_rows_equal_numbers) {
    const uint64_t words[] = {1, 2, 3, 4, 5, 6};

    uint32_t first = rp_intern(intern, words, 6, &added);
    cr_assert(added);
    uint32_t second = rp_intern(intern, words, 6, &added);

    cr_assert(not(added));
    cr_assert(ne(u32, first, 0));
    cr_assert(eq(u32, first, second));
}

Test(intern, tells_rows_apart_by_each_word_and_by_length) {
    uint64_t words[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint32_t whole = rp_intern(intern, words, 9, &added);

    for (unsigned i = 1; i < 9; i++)
        cr_assert(ne(u32, rp_intern(intern, words, i, &added), whole));
    for (unsigned i = 0; i < 9; i++) {
        words[i] ^= UINT64_C(1) << 63;
        cr_assert(ne(u32, rp_intern(intern, words, 9, &added), whole));
        words[i] ^= UINT64_C(1) << 63;
    }
    cr_assert(eq(u32, rp_intern(intern, words, 9, &added), whole));
}

Test(intern, keeps_the_words_of_each_row_while_it_grows) {
    enum { ROWS = 200000 };
    static uint32_t numbers[ROWS];

    for (uint64_t i = 0; i < ROWS; i++) {
        const uint64_t words[] = {i, i * i, ~i};
        numbers[i] = rp_intern(intern, words, 1 + i % 3, &added);
        cr_assert(added);
    }
    for (uint64_t i = 0; i < ROWS; i++) {
        const uint64_t words[] = {i, i * i, ~i};
        const struct rp_row *row = rp_intern_row(intern, numbers[i]);
        cr_assert(eq(u32, row->count, 1 + i % 3));
        cr_assert(memcmp(row->words, words, 8 * row->count) == 0);
        cr_assert(
            eq(u32, rp_intern(intern, words, row->count, &added), numbers[i]));
        cr_assert(not(added));
    }
}

Test(intern, of_a_text_keeps_its_length_and_its_bytes) {
    const char *text = "level loaded";

    uint32_t number = rp_intern_text(intern, text, 12, &added);
    const struct rp_row *row = rp_intern_row(intern, number);

    cr_assert(eq(u64, row->words[0], 12));
    cr_assert(memcmp(&row->words[1], text, 12) == 0);
    cr_assert(ne(u32, number, rp_intern_text(intern, text, 11, &added)));
    cr_assert(eq(u32, number, rp_intern_text(intern, text, 12, &added)));
}

Test(intern, cuts_a_text_that_is_too_long) {
    static char text[RP_TEXT_BYTES + 100];

    memset(text, 'x', sizeof text);
    uint32_t number = rp_intern_text(intern, text, sizeof text, &added);

    cr_assert(eq(u64, rp_intern_row(intern, number)->words[0], RP_TEXT_BYTES));
}

Test(intern, takes_an_empty_text) {
    uint32_t number = rp_intern_text(intern, "", 0, &added);

    cr_assert(ne(u32, number, 0));
    cr_assert(eq(u64, rp_intern_row(intern, number)->words[0], 0));
}

Test(pool, gives_pieces_that_do_not_touch_and_are_found_by_number) {
    struct rp_pool pool = make_pool();
    enum { PIECES = 5000 };
    static uint32_t numbers[PIECES];

    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t *piece = rp_pool_take(&pool, 4 + i % 3000, &numbers[i]);
        cr_assert(eq(u32, *piece, 0));
        cr_assert(eq(u64, (uintptr_t)piece % RP_POOL_UNIT, 0));
        memset(piece, 0xee, 4 + i % 3000);
        *piece = i;
    }
    for (uint32_t i = 0; i < PIECES; i++)
        cr_assert(eq(u32, *(uint32_t *)rp_pool_at(&pool, numbers[i]), i));
}

Test(pool, says_so_when_there_is_no_more) {
    struct rp_pool pool = make_pool();
    uint32_t number;
    unsigned taken = 0;

    while (taken <= RP_POOL_CHUNKS &&
           rp_pool_take(&pool, RP_POOL_CHUNK_BYTES, &number) != NULL)
        taken++;

    // Number 0 is none, and the memory has a head.
    cr_assert(eq(u32, taken, RP_POOL_CHUNKS - 1));
}
