// test_tree.c - tests instrument/stack/tree.c.
#include "instrument/stack/tree.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>

static struct rp_shm shm;
static struct rp_tree tree;

static void setup(void) {
    cr_assert(rp_shm_make_private(&shm, sizeof(struct rp_shm_head)));
    cr_assert(rp_tree_open(&tree, &shm, rp_tree_make(&shm)));
}

TestSuite(tree, .init = setup);

// Of a path in the tree.
static uint64_t hash_of(uint32_t node) {
    uint64_t addresses[500], hash = 0;
    unsigned count = 0;

    for (; node != 0; node = rp_tree_parent(rp_tree_at(&tree, node)))
        addresses[count++] = load_relaxed(&rp_tree_at(&tree, node)->address);
    while (count-- > 0)
        hash = rp_tree_hash(hash, addresses[count]);
    return hash;
}

static uint32_t look_up(uint32_t parent, uint64_t address, bool *added) {
    uint64_t hash = rp_tree_hash(hash_of(parent), address);

    return rp_tree_child(&tree, parent, hash, address, added);
}

static uint32_t child(uint32_t parent, uint64_t address) {
    bool added = false;

    return look_up(parent, address, &added);
}

Test(tree, gives_equal_paths_equal_numbers) {
    uint32_t outer = child(0, 100), inner = child(outer, 200);

    cr_assert(ne(u32, outer, 0));
    cr_assert(eq(u32, child(0, 100), outer));
    cr_assert(eq(u32, child(outer, 200), inner));
    cr_assert(ne(u32, child(0, 200), inner));
}

Test(tree, says_what_is_new) {
    bool added = false;
    look_up(0, 100, &added);
    cr_assert(added);

    added = false;
    look_up(0, 100, &added);
    cr_assert(not(added));
}

Test(tree, leads_back_from_a_number) {
    uint32_t node = 0;

    for (uint64_t address = 1; address <= 200; address++)
        node = child(node, address);

    for (uint64_t address = 200; address >= 1; address--) {
        const struct rp_tree_node *at = rp_tree_at(&tree, node);
        cr_assert(eq(u64, load_relaxed(&at->address), address));
        node = rp_tree_parent(at);
    }
    cr_assert(eq(u32, node, 0));
}

Test(tree, finds_each_of_very_many_again) {
    enum { COUNT = 400000 }; // in three tables
    static uint32_t numbers[COUNT];

    for (uint32_t i = 0; i < COUNT; i++)
        numbers[i] = child(i > 1000 ? numbers[i - 1000] : 0, 0x400000 + i % 77);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t parent = i > 1000 ? numbers[i - 1000] : 0;
        cr_assert(eq(u32, child(parent, 0x400000 + i % 77), numbers[i]));
    }
    cr_assert(load_relaxed(&tree.tables[1]) != NULL);
    cr_assert(eq(u64, load_relaxed(&tree.shared->lost), 0));
}

Test(tree, fills_a_table_before_it_takes_much_of_the_next) {
    enum { COUNT = 6500 }; // of 8,192 places
    uint32_t further = 0;

    for (uint32_t i = 0; i < COUNT; i++)
        further += rp_tree_table(child(0, 0x400000 + i * UINT64_C(7))) > 0;

    // With one line for each it is an eighth.
    cr_assert(lt(u32, further, COUNT / 25));
}

enum { THREADS = 4, EACH = 20000 };
static uint32_t made[THREADS][EACH];

static void *make(void *argument) {
    uint32_t *numbers = argument;

    for (uint32_t i = 0; i < EACH; i++)
        numbers[i] = child(i % 50 == 0 ? 0 : numbers[i - 1], 0x1000 + i);
    return NULL;
}

Test(tree, made_by_many_threads_are_whole) {
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, make, made[i]), 0));
    for (unsigned i = 0; i < THREADS; i++)
        cr_assert(eq(int, pthread_join(threads[i], NULL), 0));

    for (unsigned t = 0; t < THREADS; t++) {
        for (uint32_t i = 0; i < EACH; i++) {
            const struct rp_tree_node *at = rp_tree_at(&tree, made[t][i]);
            cr_assert(eq(u64, load_relaxed(&at->address), 0x1000 + i));
            cr_assert(
                eq(u32, rp_tree_parent(at), i % 50 == 0 ? 0 : made[t][i - 1]));
        }
    }
}
