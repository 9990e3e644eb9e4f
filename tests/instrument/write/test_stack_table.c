// test_stack_table.c - tests instrument/write/stack_table.c.
#include "instrument/write/stack_table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct rp_stack_table table;

static void setup(void) {
    cr_assert(rp_stack_table_start(&table, 1));
}

TestSuite(stack_table, .init = setup);

Test(stack_table, keeps_equal_beginnings_once) {
    const uint64_t inner[] = {300, 200, 100}; // innermost first
    const uint64_t other[] = {301, 200, 100};

    uint32_t a = rp_stack_table_add(&table, inner, 3);
    uint32_t b = rp_stack_table_add(&table, other, 3);

    cr_assert(ne(u32, a, b));
    cr_assert(eq(u32, table.nodes[a].parent, table.nodes[b].parent));
    cr_assert(eq(u32, table.count, 5)); // with the root
    cr_assert(eq(u32, rp_stack_table_add(&table, inner, 3), a));
}

Test(stack_table, finds_the_stack_again_by_its_parents) {
    const uint64_t frames[] = {5, 4, 3, 2, 1};

    uint32_t node = rp_stack_table_add(&table, frames, 5);

    for (unsigned i = 0; i < 5; i++, node = table.nodes[node].parent)
        cr_assert(eq(u64, table.nodes[node].address, frames[i]));
    cr_assert(eq(u32, node, 0));
}

Test(stack_table, gives_no_frames_the_root) {
    cr_assert(eq(u32, rp_stack_table_add(&table, NULL, 0), 0));
}

Test(stack_table, keeps_its_numbers_when_it_grows) {
    enum { STACKS = 100000 };
    static uint32_t nodes[STACKS];

    for (uint64_t i = 0; i < STACKS; i++) {
        const uint64_t frames[] = {i, i / 10, i / 1000};
        nodes[i] = rp_stack_table_add(&table, frames, 3);
    }
    for (uint64_t i = 0; i < STACKS; i++) {
        const uint64_t frames[] = {i, i / 10, i / 1000};
        cr_assert(eq(u32, rp_stack_table_add(&table, frames, 3), nodes[i]));
    }
}

Test(stack_table, tells_parents_before_children_and_each_node_once) {
    static uint8_t payload[256];
    size_t told = 0;

    for (uint64_t i = 0; i < 50; i++) {
        const uint64_t frames[] = {1000 + i, 7};
        rp_stack_table_add(&table, frames, 2);
    }
    while (rp_stack_table_tell(&table, payload, sizeof payload) > 0) {
        cr_assert(ge(sz, payload[0], told)); // the first number
        told = payload[0];
    }
    cr_assert(eq(u32, table.told, table.count));
    for (uint32_t i = 1; i < table.count; i++)
        cr_assert(lt(u32, table.nodes[i].parent, i));
}
