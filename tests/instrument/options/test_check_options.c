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
    cr_assert(eq(u64, options.pages.every, 77));
    cr_assert(options.pages.begins);
    cr_assert(eq(int, options.on_error, RP_ON_ERROR_EXIT));
    cr_assert(eq(int, options.exit_code, 9));
    cr_assert(eq(u64, options.quarantine, 2 << 20));
    cr_assert(strcmp(options.names, "/some/rpscope") == 0);
}

Test(check_options, pages_can_be_for_some_blocks) {
    struct rp_page_site site;
    cr_assert(rp_check_options_kinds(
        "pages:7:size=1K-2M:tag=A b:site=/x/y+z+0x1f-0x20,free", &options));

    cr_assert(eq(u64, options.pages.every, 7));
    cr_assert(eq(u64, options.pages.least, 1 << 10));
    cr_assert(eq(u64, options.pages.most, 2 << 20));
    cr_assert(not(options.pages.begins));
    cr_assert(strcmp(options.pages.tag, "A b") == 0);
    cr_assert(rp_page_site_read(options.pages.site, &site));
    cr_assert(strcmp(site.file, "/x/y+z") == 0);
    cr_assert(eq(u64, site.start, 0x1f));
    cr_assert(eq(u64, site.end, 0x20));
}

Test(check_options, a_size_alone_is_exact_and_the_rest_as_ever) {
    cr_assert(rp_check_options_kinds("pages:size=64:begin", &options));

    cr_assert(eq(u64, options.pages.every, RP_PAGES_EVERY));
    cr_assert(eq(u64, options.pages.least, 64));
    cr_assert(eq(u64, options.pages.most, 64));
    cr_assert(options.pages.begins);
}

Test(check_options, a_function_is_no_site_of_the_library) {
    static const char *const others[] = {
        "f", "ns::f", "/x", "/x+0x1", "/x+0x1-2", "x+0x1-0x2", "/x+0x2-0x2"};
    struct rp_page_site site;

    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert(not(rp_page_site_read(others[i], &site)), "%s", others[i]);
    setenv("RPSCOPE_CHECK", "pages:site=f", 1);
    cr_assert(rp_check_options_read(&options) != NULL);
    cr_assert(zero(u32, options.kinds));
}

Test(check_options, what_is_reachable_is_told_beside_leaks) {
    char text[128];
    cr_assert(rp_check_options_kinds("all", &options));
    cr_assert(zero(u32, options.kinds & RP_CHECK_REACHABLE));
    cr_assert(rp_check_options_kinds("leaks", &options));
    rp_check_options_tell(options.kinds, text, sizeof text);
    cr_assert(strcmp(text, "leaks") == 0);

    cr_assert(rp_check_options_kinds("leaks:reachable", &options));

    cr_assert(eq(u32, options.kinds, RP_CHECK_LEAKS | RP_CHECK_REACHABLE));
    rp_check_options_tell(options.kinds, text, sizeof text);
    cr_assert(strcmp(text, "leaks,leaks:reachable") == 0);
}

Test(check_options, kinds_are_told_by_their_words) {
    char text[128];
    cr_assert(rp_check_options_kinds("match,free", &options));

    rp_check_options_tell(options.kinds, text, sizeof text);

    cr_assert(strcmp(text, "free,match") == 0);
}

Test(check_options, refuse_anything_else) {
    static const char *const kinds[] = {"",
                                        "guard",
                                        "guards,",
                                        ",free",
                                        "ALL",
                                        "free guards",
                                        "pages:",
                                        "pages:0",
                                        "pages:x",
                                        "pages:1x",
                                        "pages:1:",
                                        "pages::begin",
                                        "free:begin",
                                        "pages:1:size=",
                                        "pages:1:size=9-3",
                                        "pages:size=1-x",
                                        "pages:1:tag=",
                                        "pages:site=",
                                        "pages:1:sites=a"};
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
