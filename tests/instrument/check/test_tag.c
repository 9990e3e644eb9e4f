// test_tag.c - tests instrument/check/tag.c.
#include "instrument/check/tag.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

Test(tag, a_name_has_one_number_and_keeps_it) {
    char name[] = "Layout";
    uint32_t first = rp_check_tag_number(name);

    cr_assert(first != 0);
    cr_assert(rp_check_tag_number("Audio") != first);
    name[0] = 0; // as of a program that made it up

    cr_assert(eq(u32, rp_check_tag_number("Layout"), first));
    cr_assert(strcmp(rp_check_tag_name(first), "Layout") == 0);
}

Test(tag, no_name_has_no_number) {
    cr_assert(zero(u32, rp_check_tag_number(NULL)));
}

Test(tag, a_long_name_is_cut) {
    char name[200];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;

    const char *kept = rp_check_tag_name(rp_check_tag_number(name));

    cr_assert(eq(sz, strlen(kept), RP_CHECK_TAG_BYTES - 1));
    cr_assert(eq(u32, rp_check_tag_number(name), rp_check_tag_number(name)));
}

Test(tag, there_is_room_for_so_many) {
    char name[16];

    for (unsigned i = 0; i < RP_CHECK_TAGS; i++) {
        snprintf(name, sizeof name, "tag %u", i);
        cr_assert(rp_check_tag_number(name) != 0);
    }

    cr_assert(zero(u32, rp_check_tag_number("one more")));
    cr_assert(rp_check_tag_number("tag 7") != 0);
}
