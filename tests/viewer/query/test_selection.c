// test_selection.c - rows of a table that there is no room for are refused with
// words.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/state.h"
#include "viewer/query/selection.h"

static struct trace_builder b;

static struct answer *answer_with_blocks(void) {
    struct failure failure = {.text = ""};
    trace_builder_start(&b);
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 92, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 95, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < 20; i++)
        BUILD(&b, 1, 100 + i, ALLOC, stack, 16, 0, i);
    trace_builder_end(&b, 0);
    struct answer *a =
        analyse_trace(trace_builder_save(&b),
                      &(struct analyse_options){.no_names = true}, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

// The answer is there, and nothing more is explained.
static void leave_no_room(struct answer *a) {
    a->state->pool.explained = NULL;
    a->state->pool.limit = a->state->pool.bytes;
}

static void refuses(const char *table, const char *words) {
    struct failure failure = {.text = ""};
    struct selection selection;
    struct answer *a = answer_with_blocks();
    leave_no_room(a);

    bool made = selection_make(
        &selection, a, &(struct selection_wish){.table = table}, &failure);

    cr_expect(not(made), "%s", table);
    cr_expect(ne(ptr, strstr(failure.text, words), NULL), "%s", failure.text);
    answer_free(a);
    trace_builder_free(&b);
}

Test(selection, says_that_there_is_no_room_for_all_live_blocks) {
    refuses("blocks", "blocks has more rows than there is memory for");
    refuses("blocks", "--blocks makes them fewer");
}

Test(selection, says_so_of_rows_that_are_made_when_somebody_asks) {
    refuses("groups", "groups has more rows than there is memory for");
}

Test(selection, has_all_rows_where_there_is_room) {
    struct failure failure = {.text = ""};
    struct selection selection;
    struct answer *a = answer_with_blocks();

    cr_assert(selection_make(
        &selection, a, &(struct selection_wish){.table = "blocks"}, &failure));

    cr_expect(eq(sz, selection.row_count, 20));
    selection_free(&selection);
    answer_free(a);
    trace_builder_free(&b);
}
