// test_heap_bugs.c - tests viewer/answer/heap_bugs.c.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"

static const char told[] =
    "double free of a block of 24 bytes\n"
    "  found      at free of 0x1, by the check \"free\"; certain\n"
    "  to do      one of the two must not free it\n";

static struct trace_builder b;
static struct answer *a;

static void analyse(void) {
    struct analyse_options options = {.at = AT_END};
    struct failure failure = {.text = ""};
    trace_builder_end(&b, 0);
    a = analyse_trace(trace_builder_save(&b), &options, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
}

static void begin(void) {
    trace_builder_start(&b);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

// The i-th of the heap bugs.
static const struct answer_finding *bug(size_t i) {
    for (size_t k = 0; k < a->finding_count; k++)
        if (strcmp(a->findings[k].kind, "heap bug") == 0 && i-- == 0)
            return &a->findings[k];
    return NULL;
}

TestSuite(heap_bugs, .init = begin, .fini = end);

Test(heap_bugs, are_findings_with_their_sites_and_all_that_was_told) {
    uint32_t now = trace_builder_stack(&b, 0, 0x1001);
    uint32_t made = trace_builder_stack(&b, 0, 0x2001);
    trace_builder_text(&b, 1, told);
    BUILD(&b, 1, 150, FINDING, 1, now, made, 0);

    analyse();

    cr_assert(ne(ptr, (void *)bug(0), NULL));
    cr_expect(eq(int, bug(0)->severity, SEVERITY_ERROR));
    cr_expect(bug(0)->certain);
    cr_expect(strstr(bug(0)->text, "double free of a block of 24 bytes, found "
                                   "in ") == bug(0)->text);
    cr_expect(strstr(bug(0)->text, ", made in ") != NULL);
    cr_expect(strstr(bug(0)->text, "freed in") == NULL);
    const char *stack = strstr(bug(0)->details, "  now:\n    #0 ");
    cr_assert(stack != NULL, "%s", bug(0)->details);
    cr_expect(strstr(stack, "  made:\n    #0 ") != NULL);
    cr_expect(strstr(stack, "  freed:") == NULL);
    cr_expect(strstr(stack, "  to do      one of the two") != NULL);
    cr_expect(bug(1) == NULL);
}

Test(heap_bugs, that_are_likely_are_not_called_certain) {
    trace_builder_text(&b, 1,
                       "leak\n  found at x, by the check \"leaks\"; likely\n");
    BUILD(&b, 1, 150, FINDING, 1, 0, 0, 0);

    analyse();

    cr_assert(ne(ptr, (void *)bug(0), NULL));
    cr_expect(not(bug(0)->certain));
    cr_expect(strcmp(bug(0)->text, "leak") == 0);
}

Test(heap_bugs, of_which_nothing_can_be_read_are_there_still) {
    BUILD(&b, 1, 150, FINDING, 77, UINT64_MAX, UINT64_MAX / 2, 1 << 20);

    analyse();

    cr_assert(ne(ptr, (void *)bug(0), NULL));
    cr_expect(strncmp(bug(0)->text, "?", 1) == 0);
}

Test(heap_bugs, of_an_older_trace_are_marks) {
    trace_builder_text(&b, 1, "check: double free of a block of 24 bytes");
    BUILD(&b, 1, 150, MARK, 1);

    analyse();

    cr_assert(ne(ptr, (void *)bug(0), NULL));
    cr_expect(strcmp(bug(0)->text, "double free of a block of 24 bytes") == 0);
    cr_expect(bug(0)->details == NULL);
}
