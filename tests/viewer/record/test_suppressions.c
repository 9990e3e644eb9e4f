// test_suppressions.c - tests viewer/record/suppressions.c.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/record/suppressions.h"

static struct suppressions s;
static struct failure failure;

static bool read_text(const char *text) {
    char path[] = "/tmp/rpscope-suppressions-XXXXXX";
    int file = mkstemp(path);
    cr_assert(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
    bool good = suppressions_read(&s, path, &failure);
    unlink(path);
    return good;
}

Test(suppressions, fit_as_leak_sanitizer_s) {
    static const struct {
        const char *type, *name;
        bool fits;
    } cases[] = {
        {"leak", "g_malloc0", true},      {"leak", "libglib-2.0.so", true},
        {"leak", "malloc", false},        {"free", "g_malloc", false},
        {"leak", "init_all", true},       {"leak", "do_init_all", false},
        {"leak", "init_all_more", false}, {"free", "a_then_b", true},
        {"free", "b_then_a", false},      {"leak", NULL, false},
    };
    cr_assert(read_text("# comment\n\n  leak:g_malloc\nleak:libglib\r\n"
                        "leak:^init_all$\nfree:a*b\n"));

    cr_assert(eq(sz, s.count, 4));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert(suppressions_have(&s, cases[i].type, cases[i].name) ==
                      cases[i].fits,
                  "%s:%s", cases[i].type, cases[i].name);
    suppressions_free(&s);
}

Test(suppressions, a_bad_line_is_named_with_its_number) {
    static const char *const bad[] = {"leak", "leak:", "leeks:x", ":x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64], line[64];
        snprintf(text, sizeof text, "leak:a\n# b\n%s\nleak:c\n", bad[i]);
        snprintf(line, sizeof line, "\" is \"%s\"; expected TYPE:PATTERN",
                 bad[i]);
        cr_assert(not(read_text(text)));
        cr_assert(strncmp(failure.text, "line 3 of \"/tmp/", 16) == 0, "%s",
                  failure.text);
        cr_assert(strstr(failure.text, line) != NULL, "%s", failure.text);
        cr_assert(zero(sz, s.count));
    }
}
