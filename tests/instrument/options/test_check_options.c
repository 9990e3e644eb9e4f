// test_check_options.c - tests instrument/options/check_options.c.
#include "instrument/options/check_options.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct rp_check_options options;

Test(check_options, nothing_is_checked_unless_asked_for) {
    cr_assert(rp_check_options_read(&options) == NULL);

    cr_assert(zero(u32, options.kinds));
    cr_assert(eq(int, options.on_error, RP_ON_ERROR_ABORT));
    cr_assert(eq(u64, options.quarantine, RP_QUARANTINE_BYTES));
}

Test(check_options, are_what_the_environment_says) {
    setenv("RPSCOPE_CHECK", "guards,match,pages:77:begin", 1);
    setenv("RPSCOPE_ON_ERROR", "exit=9", 1);
    setenv("RPSCOPE_QUARANTINE", "2M", 1);
    setenv("RPSCOPE_NAMES", "/some/rpscope", 1);

    cr_assert(rp_check_options_read(&options) == NULL);

    cr_assert(eq(u32, options.kinds,
                 RP_CHECK_GUARDS | RP_CHECK_MATCH | RP_CHECK_PAGES));
    cr_assert(eq(u64, options.pages_every, 77));
    cr_assert(options.pages_begin);
    cr_assert(eq(int, options.on_error, RP_ON_ERROR_EXIT));
    cr_assert(eq(int, options.exit_code, 9));
    cr_assert(eq(u64, options.quarantine, 2 << 20));
    cr_assert(strcmp(options.names, "/some/rpscope") == 0);
}

Test(check_options, kinds_are_told_by_their_words) {
    char text[128];
    cr_assert(rp_check_options_kinds("match,free", &options));

    rp_check_options_tell(options.kinds, text, sizeof text);

    cr_assert(strcmp(text, "free,match") == 0);
}

Test(check_options, refuse_anything_else) {
    static const char *const kinds[] = {"",          "guard",    "guards,",
                                        ",free",     "ALL",      "free guards",
                                        "pages:",    "pages:0",  "pages:x",
                                        "pages:1x",  "pages:1:", "pages::begin",
                                        "free:begin"};
    static const char *const ends[] = {"",        "stop",     "exit",
                                       "exit=",   "exit=0",   "exit=126",
                                       "exit=1x", "continues"};
    static const char *const sizes[] = {"", "1", "63K", "1MB", "nones"};

    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        cr_assert(not(rp_check_options_kinds(kinds[i], &options)), "%s",
                  kinds[i]);
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
        cr_assert(not(rp_check_options_on_error(ends[i], &options)), "%s",
                  ends[i]);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        cr_assert(not(rp_check_options_quarantine(sizes[i], &options)), "%s",
                  sizes[i]);
}

Test(check_options, a_wrong_value_is_told_and_nothing_is_checked) {
    setenv("RPSCOPE_CHECK", "all", 1);
    setenv("RPSCOPE_ON_ERROR", "stop", 1);

    const char *sentence = rp_check_options_read(&options);

    cr_assert(strcmp(sentence,
                     "RPSCOPE_ON_ERROR is \"stop\"; it may be abort, continue "
                     "or exit=N, with N from 1 to 125. Nothing is checked.") ==
              0);
    cr_assert(zero(u32, options.kinds));
}
