// test_source.c - which heaps have huge pages, and what that is worth.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/source.h"
#include "core/hook.h"
#include "core/rpmalloc.h"
#include "core/span/huge_unit.h"
#include "core/thread/thread.h"
#include "tests/core/mapping.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { MIB = 1 << 20, SIZE = 64, MOST = 40 * MIB / SIZE, PAGE = 4096 };

static char *blocks[MOST];

static int is_huge(const void *block) {
    return rp_huge_unit_has(rpmalloc_place_of(block).span);
}

static size_t faults(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_minflt;
}

static size_t fill(size_t bytes) {
    size_t count = bytes / SIZE;

    for (size_t i = 0; i < count; ++i) {
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], 1, SIZE);
    }
    return count;
}

static void assert_faults_are_ours(void) {
    if (RP_IS_OBSERVED)
        cr_skip_test("the observer of these tests faults, too");
}

static void assert_system_gives_huge_pages(const void *block) {
    if (mapping_kib(block, "AnonHugePages") == 0)
        cr_skip_test("the system gives no huge pages");
}

Test(source, a_small_heap_has_small_pages) {
    for (size_t size = 16; size < 25 * 16; size += 16)
        cr_assert(not(is_huge(rpmalloc(size))));
}

Test(source, a_heap_that_has_grown_has_huge_ones) {
    size_t count = fill(2 * MIB);

    cr_assert(not(is_huge(blocks[0])));
    cr_assert(is_huge(blocks[count - 1]));
}

Test(source, a_class_that_begins_has_small_pages_until_the_heap_is_large) {
    fill(MIB);
    cr_assert(not(is_huge(rpmalloc(200))));

    fill(4 * MIB);
    cr_assert(is_huge(rpmalloc(300)));
}

Test(source, large_blocks_have_huge_pages_when_the_program_has_grown) {
    cr_assert(not(is_huge(rpmalloc(MIB))));

    fill(5 * MIB);
    cr_assert(is_huge(rpmalloc(MIB)));
}

static void allocate_a_little(int index, void *context) {
    int *huge = context;

    for (size_t size = 16; size <= 320; size += 16)
        huge[index] += is_huge(rpmalloc(size));
}

Test(source, threads_with_little_have_small_pages_beside_one_with_much) {
    int huge[4] = {0};
    fill(10 * MIB);

    threads_run(4, allocate_a_little, huge);

    for (int i = 0; i < 4; ++i)
        cr_assert(zero(int, huge[i]));
}

Test(source, a_heap_that_is_a_small_part_of_the_program_has_small_pages) {
    for (int i = 0; i < 40; ++i)
        cr_assert(ne(ptr, rpmalloc(40 * SPAN_BYTES), NULL));

    size_t count = fill(2 * MIB);

    cr_assert(not(is_huge(blocks[count - 1])));
}

// ---- what it is worth ----

Test(source, a_heap_that_grows_does_not_fault_for_each_page) {
    assert_faults_are_ours();
    size_t before = faults();
    size_t count = fill(sizeof blocks / sizeof *blocks * SIZE);
    assert_system_gives_huge_pages(blocks[count - 1]);

    // The table of blocks is the program's.
    cr_assert(le(sz, faults() - before - sizeof blocks / PAGE,
                 count * SIZE / PAGE / 10));
}

Test(source, where_huge_pages_are_forbidden_all_is_as_with_none) {
    assert_faults_are_ours();
    cr_assert(zero(int, prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)));
    size_t before = faults();
    size_t count = fill(20 * MIB);
    size_t pages = count * SIZE / PAGE + count * sizeof *blocks / PAGE;

    cr_assert(ge(sz, faults() - before, pages - 50));
    cr_assert(le(sz, faults() - before, pages + pages / 20));
    for (size_t i = 0; i < count; ++i)
        cr_assert(eq(int, blocks[i][SIZE - 1], 1));
}

static size_t huge_kib(size_t count) {
    size_t kib = 0;

    for (size_t i = 0; i < count; i += UNIT_BYTES / 2 / SIZE)
        kib += mapping_kib(blocks[i], "AnonHugePages");
    return kib;
}

// Frees all blocks but one in `keeps`, in the first of `part` spans.
static void thin_out(size_t count, size_t part, size_t keeps) {
    const size_t in_span = SPAN_BYTES / SIZE;

    for (size_t i = 0; i < count; ++i)
        if (i / in_span % part == 0 && i % keeps != 0)
            rpfree(blocks[i]);
}

static void work(void) {
    for (int i = 0; i < 3000000; ++i)
        rpfree(rpmalloc(5000));
}

Test(source, a_few_sparse_spans_take_no_huge_page_to_pieces) {
    size_t count = fill(32 * MIB);
    assert_system_gives_huge_pages(blocks[count - 1]);
    size_t before = huge_kib(count);

    thin_out(count, 16, 20);
    work();

    cr_assert(eq(sz, huge_kib(count), before));
}

Test(source, many_sparse_spans_give_their_pages_back) {
    size_t count = fill(32 * MIB);
    assert_system_gives_huge_pages(blocks[count - 1]);

    thin_out(count, 1, 500);
    work();

    cr_assert(le(sz, huge_kib(count), (size_t)4 * 2048));
}
