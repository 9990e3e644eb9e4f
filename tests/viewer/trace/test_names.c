// test_names.c - functions and lines that stand in the trace.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "instrument/format/trace_format.h"
#include "viewer/trace/names.h"

#define TEXT(text) ((char *)(text))

// Two texts; the calls 0x100 and 0x108 of one function that begins at 0xf0, in
// lines 7 and 9 of it, the second one inlined into another.
static const uint8_t whole[] = {
    2, 4, 'm', 'a', 'i',  'n', 3, 'a', '.', 'c', // texts
    3, 0, 0,   0,   0x80, 2,   8,                // CALL
    2, 0, 0,   0,   18,   1,                     // START
    2, 0, 0,   0,   1,    2,                     // FRAMES
    3, 0, 0,   0,   2,    1,   2,                // FUNCTION: 1, 0, 1
    3, 0, 0,   0,   4,    0,   0,                // FILE: 2, 2, 2
    3, 0, 0,   0,   14,   4,   0,                // LINE: 7, 9, 9
};
// The call 0x100 is "b" now.
static const uint8_t later[] = {
    1, 1, 'b', 2, 0, 0, 0, 0x80, 2, 1, 0, 0, 0, 0, 1, 0, 0,
    0, 1, 1,   0, 0, 0, 2, 1,    0, 0, 0, 0, 1, 0, 0, 0, 0,
};

static struct trace_names names;

static bool reads(const uint8_t *bytes, size_t size) {
    return trace_names_read(&names, NULL, (struct bytes){bytes, bytes + size});
}

Test(trace_names, a_call_has_its_function_file_line_and_start) {
    cr_assert(reads(whole, sizeof whole));
    trace_names_sort(&names);

    const struct named_call *call = trace_names_find(&names, 0x100);
    cr_assert(call != NULL);
    cr_assert(eq(u64, call->start, 0xf0));
    cr_assert(eq(u32, call->count, 1));
    const struct named_function *of = &names.functions[call->first];
    cr_assert(eq(str, TEXT(of->name), TEXT("main")));
    cr_assert(eq(str, TEXT(of->file), TEXT("a.c")));
    cr_assert(eq(u32, of->line, 7));
    trace_names_free(&names, NULL);
}

Test(trace_names, an_inlined_function_stands_before_the_one_it_is_in) {
    cr_assert(reads(whole, sizeof whole));
    trace_names_sort(&names);

    const struct named_call *call = trace_names_find(&names, 0x108);
    cr_assert(call != NULL);
    cr_assert(eq(u64, call->start, 0xf0));
    cr_assert(eq(u32, call->count, 2));
    const struct named_function *of = &names.functions[call->first];
    cr_assert(of[0].name == NULL);
    cr_assert(eq(str, TEXT(of[1].name), TEXT("main")));
    trace_names_free(&names, NULL);
}

Test(trace_names, what_a_later_block_says_counts) {
    cr_assert(reads(whole, sizeof whole));
    cr_assert(reads(later, sizeof later));
    trace_names_sort(&names);

    const struct named_call *call = trace_names_find(&names, 0x100);
    cr_assert(call != NULL);
    cr_assert(eq(str, TEXT(names.functions[call->first].name), TEXT("b")));
    cr_assert(trace_names_find(&names, 0x108) != NULL);
    cr_assert(trace_names_find(&names, 0x104) == NULL);
    trace_names_free(&names, NULL);
}

Test(trace_names, of_a_block_that_is_not_whole_nothing_counts) {
    for (size_t size = 0; size < sizeof whole; size++)
        cr_assert(not(reads(whole, size)), "%zu bytes", size);
    for (size_t i = 0; i < sizeof whole; i++) {
        uint8_t changed[sizeof whole];
        memcpy(changed, whole, sizeof whole);
        changed[i] = 0xff;
        size_t kept = names.call_count;
        if (!reads(changed, sizeof changed))
            cr_assert(eq(sz, names.call_count, kept));
    }
    trace_names_sort(&names);
    trace_names_free(&names, NULL);
}
