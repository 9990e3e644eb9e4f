// check_directory.c - tables that only grow: the directory, and the page map.
#include "core/memory/directory.h"

#include "core/memory/bookkeeping.h"
#include "core/memory/page_map.h"
#include "tests/models/weak/program.h"

enum { NUMBER = 1030, TABLES = 6, PLACES = 4 };

static struct directory directory;
static unsigned things[PLACES]; // what is put into it
// Two neighbours, and two that have another leaf of the page map.
static char *const places[PLACES] = {
    (char *)0x7f1234560000, (char *)0x7f1234570000, (char *)0x7f1238560000,
    (char *)0x7f1238570000};

// A table for the caller: of its zeroes those are written that are looked at.
union table {
    struct directory_leaf leaf;
    struct page_map_node node;
};
static union table tables[TABLES];
static _Atomic(unsigned) table_count;

void *rp_bookkeeping_alloc(size_t bytes) {
    // relaxed: the number alone is needed
    union table *table = &tables[add_relaxed(&table_count, 1)];

    WEAK_EXPECT(bytes <= sizeof *table);
    *(char **)&table->leaf.entries[NUMBER % LEAF_ENTRIES] = NULL;
    for (unsigned level = 0; level < 2; level++)
        for (unsigned i = 0; i < PLACES; i++)
            *(char **)&table->node.entries[page_map_index(places[i], level)] =
                NULL;
    return table;
}

static void begin(void) {
    weak_ignore(&table_count);
    store_relaxed(&table_count, 0); // relaxed: alone
    rp_directory_reset(&directory);
    rp_page_map_reset();
    for (unsigned i = 0; i < PLACES; i++)
        things[i] = 0;
}

// ---- the directory ----

static void fill(unsigned i) {
    unsigned *there;

    things[i] = 1;
    there = rp_directory_fill(&directory, NUMBER, &things[i]);
    WEAK_EXPECT(*there == 1);
}
static void fill_first(void) {
    fill(0);
}
static void fill_second(void) {
    fill(1);
}
static void get(void) {
    unsigned *there = directory_get(&directory, NUMBER);

    WEAK_EXPECT(there == NULL || *there == 1);
}
static void it_is_one_of_both(void) {
    unsigned *there = directory_get(&directory, NUMBER);

    WEAK_EXPECT(there == &things[0] || there == &things[1]);
}

// ---- the page map ----

static _Atomic(char *) told; // of a block there

static void begin_with_spare(void) {
    begin();
    store_relaxed(&told, NULL); // relaxed: alone
}
static void begin_without_spare(void) {
    struct page_map_nodes nodes;

    begin_with_spare();
    rp_page_map_prepare(&nodes); // and lost
}

static void set(unsigned i) {
    struct page_map_nodes nodes;

    things[i] = 1;
    WEAK_EXPECT(rp_page_map_prepare(&nodes));
    rp_page_map_set(places[i], &things[i], &nodes);
    rp_page_map_done(&nodes);
}
static void set_first_and_tell(void) {
    set(0);
    store_release(&told,
                  places[0]); // release [told]: as a program passes blocks
}
static void set_second(void) {
    set(1);
}
static void set_third(void) {
    set(2);
}
static void set_fourth(void) {
    set(3);
}
static void prepare_in_vain(void) {
    struct page_map_nodes nodes;

    WEAK_EXPECT(rp_page_map_prepare(&nodes));
    rp_page_map_done(&nodes);
}
static void find_what_was_told(void) {
    const char *block = load_acquire(&told); // acquire [told]: the block

    if (block)
        WEAK_EXPECT(page_map_get(block) == &things[0]);
}
static void all_stand_there(void) {
    for (unsigned i = 0; i < PLACES; i++)
        WEAK_EXPECT(page_map_get(places[i]) == (things[i] ? &things[i] : NULL));
}

// What is left there is the next user's.
static void begin_with_first(void) {
    begin_with_spare();
    set(0);
}
static void clear_first(void) {
    things[0] = 2;
    rp_page_map_clear(places[0], 1);
}
// The memory is another thread's now.
static void use_what_is_left(void) {
    if (page_map_get(places[0]) == NULL)
        ++*(unsigned *)page_map_left(places[0]);
}
static void nothing_stands_there(void) {
    WEAK_EXPECT(page_map_get(places[0]) == NULL);
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"filling", begin, {fill_first, fill_second, get}, it_is_one_of_both},
        {"setting",
         begin_with_spare,
         {set_first_and_tell, set_second, find_what_was_told},
         all_stand_there},
        {"setting_without_spare",
         begin_without_spare,
         {set_first_and_tell, set_second, find_what_was_told},
         all_stand_there},
        {"setting_in_one_leaf",
         begin_with_first,
         {set_third, set_fourth},
         all_stand_there},
        {"sparing",
         begin_without_spare,
         {prepare_in_vain, set_second},
         all_stand_there},
        {"clearing",
         begin_with_first,
         {clear_first, use_what_is_left},
         nothing_stands_there},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
