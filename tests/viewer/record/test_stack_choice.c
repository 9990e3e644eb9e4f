// test_stack_choice.c - tests viewer/record/stack_choice.c.
#include <criterion/criterion.h>

#include "viewer/record/stack_choice.h"

Test(stack_choice, takes_what_the_recorder_takes) {
    static const char *const good[] = {
        "full",     "fp",      "1",          "1024",         "sample:512K",
        "sample:1", "check:1", "check:none", "fp,sample:1M", "full,check:5"};

    for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
        cr_assert(stack_choice_good(good[i]), "%s", good[i]);
}

Test(stack_choice, refuses_anything_else) {
    static const char *const bad[] = {
        "",        "0",         "1025",     "full,",      ",fp",
        "none,fp", "sample:",   "sample:0", "check:",     "check:0",
        "fpx",     "sample:4X", "FULL",     "check:nones"};

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert(!stack_choice_good(bad[i]), "%s", bad[i]);
}
