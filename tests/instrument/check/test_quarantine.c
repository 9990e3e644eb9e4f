// test_quarantine.c - tests instrument/check/quarantine.c.
#include "instrument/check/quarantine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static char blocks[10];

Test(quarantine, gives_the_oldest_when_there_is_too_much) {
    cr_assert(rp_quarantine_start(300));

    for (int i = 0; i < 5; i++)
        cr_assert(eq(ptr, rp_quarantine_put(&blocks[i], 100), NULL));

    for (int i = 0; i < 2; i++) {
        cr_assert(eq(ptr, rp_quarantine_take_oldest(), &blocks[i]));
        rp_quarantine_gone(100);
    }
    cr_assert(eq(ptr, rp_quarantine_take_oldest(), NULL));
}

Test(quarantine, keeps_nothing_without_a_limit) {
    cr_assert(rp_quarantine_start(0));

    cr_assert(zero(u64, rp_quarantine_largest));
}

Test(quarantine, shows_what_it_has_and_gives_it_once) {
    cr_assert(rp_quarantine_start(1000));
    rp_quarantine_put(&blocks[0], 10);
    rp_quarantine_put(&blocks[1], 10);

    cr_assert(eq(ptr, rp_quarantine_look(1), &blocks[1]));
    cr_assert(rp_quarantine_remove(1, &blocks[1]));
    cr_assert(not(rp_quarantine_remove(1, &blocks[1])));
    cr_assert(eq(u32, rp_quarantine_places(), 2));
}
