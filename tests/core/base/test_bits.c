// test_bits.c - arithmetic on words, against the slow way to do it.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/base/bits.h"
#include "tests/core/random.h"

// The place of the lowest `count` ones in a row, looked for one by one.
static int slow_bit_run(uint64_t word, unsigned count) {
    for (unsigned at = 0; at + count <= 64; ++at) {
        unsigned length = 0;
        while (length < count && (word >> (at + length) & 1) != 0)
            ++length;
        if (length == count)
            return (int)at;
    }
    return -1;
}

static unsigned wrong_runs(uint64_t word) {
    unsigned wrong = 0;

    for (unsigned count = 1; count <= 64; ++count)
        wrong += find_bit_run(word, count) != slow_bit_run(word, count);
    return wrong;
}

Test(bits, round_up_and_down_meet_at_multiples) {
    cr_assert(eq(sz, round_up(0, 16), 0));
    cr_assert(eq(sz, round_up(1, 16), 16));
    cr_assert(eq(sz, round_up(16, 16), 16));
    cr_assert(eq(sz, round_up(17, 16), 32));
    cr_assert(eq(sz, round_down(31, 16), 16));
    cr_assert(eq(sz, round_down(32, 16), 32));
}

Test(bits, zero_is_no_power_of_two) {
    cr_assert(not(is_power_of_two(0)));
}

Test(bits, every_single_bit_is_a_power_of_two) {
    for (unsigned i = 0; i < sizeof(size_t) * 8; ++i)
        cr_assert(is_power_of_two((size_t)1 << i));
}

Test(bits, two_bits_are_no_power_of_two) {
    for (unsigned i = 1; i < sizeof(size_t) * 8; ++i)
        cr_assert(not(is_power_of_two(((size_t)1 << i) + 1 - (i == 0))));
}

Test(bits, lowest_and_highest_bit_agree_on_single_bits) {
    for (unsigned i = 0; i < 64; ++i) {
        cr_assert(eq(uint, lowest_bit(UINT64_C(1) << i), i));
        cr_assert(eq(uint, highest_bit(UINT64_C(1) << i), i));
    }
}

Test(bits, a_run_has_its_length_and_place) {
    unsigned wrong = 0;

    for (unsigned first = 0; first < 64; ++first)
        for (unsigned count = 1; first + count <= 64; ++count) {
            uint64_t run = bit_run(first, count);
            wrong += lowest_bit(run) != first || count_bits(run) != count ||
                     highest_bit(run) != first + count - 1;
        }

    cr_assert(zero(uint, wrong));
}

Test(bits, no_run_is_found_in_nothing) {
    for (unsigned count = 1; count <= 64; ++count)
        cr_assert(eq(int, find_bit_run(0, count), -1));
}

Test(bits, every_run_is_found_where_it_is) {
    unsigned wrong = 0;

    for (unsigned first = 0; first < 64; ++first)
        for (unsigned count = 1; first + count <= 64; ++count)
            wrong += wrong_runs(bit_run(first, count)) != 0;

    cr_assert(zero(uint, wrong));
}

Test(bits, the_lowest_run_is_found_in_random_words) {
    uint64_t state = 1;
    unsigned wrong = 0;

    for (int i = 0; i < 20000; ++i) {
        uint64_t word = random_next(&state);
        // Fuller words have longer runs.
        for (int fill = i % 5; fill > 0; --fill)
            word |= random_next(&state);
        wrong += wrong_runs(word) != 0;
    }

    cr_assert(zero(uint, wrong));
}
