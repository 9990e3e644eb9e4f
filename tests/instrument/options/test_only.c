// test_only.c - tests instrument/options/only.c.
#include "instrument/options/only.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(only, an_empty_list_has_any_program) {
    cr_assert(rp_only_has("", "/usr/bin/cc1", false));
    cr_assert(rp_only_has("", "", false));
    cr_assert(rp_only_has_me(""));
}

Test(only, a_list_has_whole_names_without_folders) {
    cr_assert(rp_only_has("cc1,ld", "/usr/lib/gcc/cc1", false));
    cr_assert(rp_only_has("cc1,ld", "ld", false));
    cr_assert(rp_only_has(",ld,", "ld", false));
    cr_assert(not(rp_only_has("cc1,ld", "cc1plus", false)));
    cr_assert(not(rp_only_has("cc1plus", "cc1", false)));
    cr_assert(not(rp_only_has("cc1,ld", "/cc1/as", false)));
    cr_assert(not(rp_only_has("cc1,ld", "", false)));
    cr_assert(not(rp_only_has(",", "", false)));
}

Test(only, a_name_of_a_thread_is_cut) {
    cr_assert(
        rp_only_has("a_very_long_name_of_a_script", "a_very_long_nam", true));
    cr_assert(not(
        rp_only_has("a_very_long_name_of_a_script", "a_very_long_na", true)));
    cr_assert(not(
        rp_only_has("a_very_long_name_of_a_script", "a_very_long_nam", false)));
}

Test(only, this_program_is_known_by_its_file) {
    cr_assert(rp_only_has_me("other,test_only"));
    cr_assert(not(rp_only_has_me("other,test_onl")));
}
