// test_defaults.c - what rpmalloc.h says of the defaults is what they are.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/budget.h"
#include "core/heap/cache.h"
#include "core/memory/surplus.h"
#include "core/span/segment.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// The header with single spaces, and without the marks of its comments.
static char header[100000];

static void read_header(void) {
    FILE *file = fopen("core/rpmalloc.h", "r");
    size_t used = 0;

    if (file == NULL)
        cr_skip_test("it is not run where the sources are");
    for (int c; (c = getc(file)) != EOF && used + 1 < sizeof header;) {
        if (c == '/' || isspace(c))
            c = ' ';
        if (c != ' ' || (used > 0 && header[used - 1] != ' '))
            header[used++] = (char)c;
    }
    header[used] = 0;
    fclose(file);
}

static void assert_said(const char *sentence) {
    cr_assert(ne(ptr, strstr(header, sentence), NULL), "not said: %s",
              sentence);
}

Test(defaults, are_as_the_header_says) {
    static const char *const parts[] = {
        [8] = "an eighth", [16] = "a sixteenth"};
    struct surplus_settings surplus = SURPLUS_DEFAULTS;
    struct segment_settings segment = SEGMENT_DEFAULTS;
    char text[300];
    read_header();

    snprintf(text, sizeof text,
             "that one thread keeps; rounded down to spans of %d KiB. 0: the "
             "default, %d MiB, and all threads together no more than %d MiB "
             "and %d KiB for each; RPMALLOC_NOTHING: none.",
             SPAN_BYTES >> 10, (CACHE_SPANS << SPAN_SHIFT) >> 20,
             (BUDGET_SPANS << SPAN_SHIFT) >> 20,
             (CACHE_LEAST << SPAN_SHIFT) >> 10);
    assert_said(text);
    snprintf(text, sizeof text,
             "before some is given back. 0: the default, %zu MiB or %s of what "
             "is in use, whichever is more;",
             surplus.keep_bytes >> 20, parts[surplus.keep_part]);
    assert_said(text);
    snprintf(text, sizeof text, "up to %zu MiB (%zu MiB of an embedder's)",
             surplus.window_bytes >> 20, surplus.window_of_embedder >> 20);
    assert_said(text);
    snprintf(text, sizeof text, "0: the default, %d MiB. Requests are",
             (int)(segment.most_spans << SPAN_SHIFT >> 20));
    assert_said(text);
}
