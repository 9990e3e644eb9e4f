// test_repeated.c - tests instrument/stack/repeated.h.
#include "instrument/stack/repeated.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static _Atomic uint32_t version;
static uint64_t place;
static struct rp_repeated repeated;

// One is kept, of a single word.
static void keep(void) {
    repeated = (struct rp_repeated){
        .address = 1, .sp = 2, .node = 3, .count = 4, .current = &version};
    for (unsigned i = 0; i < 4; i++)
        repeated.words[i] = (struct rp_word){(uintptr_t)&place, place};
}

TestSuite(repeated, .init = keep);

// Others come, in a row, when so many captures are left before the first.
static void miss(uint32_t left, unsigned times) {
    while (times-- > 0)
        rp_repeated_miss(&repeated, --left);
}

Test(repeated, is_known_while_its_words_are_what_they_were) {
    bool before = rp_repeated_is(&repeated, 1, 2);
    place++;

    cr_assert(before);
    cr_assert(not(rp_repeated_is(&repeated, 1, 2)));
}

Test(repeated, is_kept_while_some_others_come) {
    miss(1000, RP_REPEATED_MISSES - 1);

    cr_assert(rp_repeated_is(&repeated, 1, 2));
}

Test(repeated, is_given_up_when_many_others_come_in_a_row) {
    miss(1000, RP_REPEATED_MISSES);

    cr_assert(not(rp_repeated_is(&repeated, 1, 2)));
}

Test(repeated, is_kept_where_it_comes_between_others) {
    miss(1000, RP_REPEATED_MISSES - 1);
    // Then it has come once, which takes one capture and is not noted.
    miss(1000 - RP_REPEATED_MISSES, RP_REPEATED_MISSES - 1);

    cr_assert(rp_repeated_is(&repeated, 1, 2));
}
