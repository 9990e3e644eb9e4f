// test_stack_options.c - tests instrument/options/stack_options.c.
#include "instrument/options/stack_options.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

static struct rp_stack_options options;

static void read_good(const char *text) {
    cr_assert(rp_stack_options_read(&options, text), "%s", text);
}

Test(stack_options, takes_the_words_for_how_many_frames) {
    read_good("full");
    cr_assert(eq(u32, options.frames, RP_STACK_FRAMES));
    cr_assert(eq(u32, options.check_every, RP_STACK_CHECK));
    cr_assert(eq(u64, options.sample_bytes, 0));
    cr_assert(not(options.by_pointers));
    read_good("none");
    cr_assert(eq(u32, options.frames, 0));
    read_good("17");
    cr_assert(eq(u32, options.frames, 17));
}

Test(stack_options, takes_several_words) {
    read_good("sample:512K,fp,32,check:7");

    cr_assert(eq(u32, options.frames, 32));
    cr_assert(eq(u64, options.sample_bytes, 512 << 10));
    cr_assert(eq(u32, options.check_every, 7));
    cr_assert(options.by_pointers);
}

Test(stack_options, takes_no_check_at_all) {
    read_good("check:none");

    cr_assert(eq(u32, options.check_every, 0));
    cr_assert(eq(u32, options.frames, RP_STACK_FRAMES));
}

struct bad {
    char text[24];
};

static struct bad bad[] = {
    {""},           {"0"},       {"1025"},     {"fullx"},     {"full,"},
    {",full"},      {"sample:"}, {"sample:0"}, {"sample:1T"}, {"sample:5000G"},
    {"sample:-1"},  {"check:"},  {"check:0"},  {"check:no"},  {"none,fp"},
    {"full,none"},  {"fp fp"},   {"FULL"},     {"sample"},    {"sample:1K2"},
    {"check:none1"}};

ParameterizedTestParameters(stack_options, refuses_anything_else) {
    return cr_make_param_array(struct bad, bad, sizeof bad / sizeof *bad);
}

ParameterizedTest(struct bad *one, stack_options, refuses_anything_else) {
    cr_assert(not(rp_stack_options_read(&options, one->text)), "%s", one->text);
}

Test(stack_options, say_which_frees_have_a_stack) {
    static const char *const wrong[] = {
        "",    "sample",    "sample:",  "sample:0",    "sample:1x",
        "All", "sample:-1", "all,none", "sample:9999G"};
    uint32_t every = 7;

    cr_assert(rp_stack_options_read_free("all", &every) && every == 1);
    cr_assert(rp_stack_options_read_free("none", &every) && every == 0);
    cr_assert(rp_stack_options_read_free("sample:100", &every) && every == 100);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(rp_stack_options_read_free(wrong[i], &every), "%s",
                      wrong[i]);
}
