// test_stacks.c - tests instrument/options/stacks.c.
#include "instrument/options/options.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

static struct rp_options options;

static void read_good(const char *text) {
    cr_assert(rp_options_stacks(&options, text), "%s", text);
}

Test(option_stacks, takes_the_words_for_how_many_frames) {
    read_good("full");
    cr_assert(eq(u32, options.stack_frames, RP_STACK_FRAMES));
    cr_assert(eq(u32, options.stack_check, RP_STACK_CHECK));
    cr_assert(eq(u64, options.stack_bytes, 0));
    cr_assert(not(options.stack_pointers));
    read_good("none");
    cr_assert(eq(u32, options.stack_frames, 0));
    read_good("17");
    cr_assert(eq(u32, options.stack_frames, 17));
}

Test(option_stacks, takes_several_words) {
    read_good("sample:512K,fp,32,check:7");

    cr_assert(eq(u32, options.stack_frames, 32));
    cr_assert(eq(u64, options.stack_bytes, 512 << 10));
    cr_assert(eq(u32, options.stack_check, 7));
    cr_assert(options.stack_pointers);
}

Test(option_stacks, takes_no_check_at_all) {
    read_good("check:none");

    cr_assert(eq(u32, options.stack_check, 0));
    cr_assert(eq(u32, options.stack_frames, RP_STACK_FRAMES));
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

ParameterizedTestParameters(option_stacks, refuses_anything_else) {
    return cr_make_param_array(struct bad, bad, sizeof bad / sizeof *bad);
}

ParameterizedTest(struct bad *one, option_stacks, refuses_anything_else) {
    cr_assert(not(rp_options_stacks(&options, one->text)), "%s", one->text);
}
