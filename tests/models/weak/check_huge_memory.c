// check_huge_memory.c - memory of huge blocks that several threads keep, take,
// make fit and give back.
//
// The file itself is part of this one, since its counters are its own.
#include "core/memory/huge_memory.c"

#include "tests/models/weak/program.h"

enum { SLOTS = 8, SIZE = 4 << 20, LARGER = 16 << 20, ALL = 1 << 30 };

static struct segment slots[SLOTS];
static unsigned uses[SLOTS];  // of the memory, by who has it
static unsigned given[SLOTS]; // the slot, to the table
static unsigned headers[SLOTS];
static _Atomic(unsigned) taken, maps;

// ---- what it stands on ----

// Memory that nobody looks at, at addresses that tell which it is.
static char *const start = (char *)((uintptr_t)1 << 40);

static unsigned *use_of(const void *memory) {
    return &uses[((const char *)memory - start) >> 32];
}

struct segment *rp_segment_table_take(void) {
    // relaxed, here and below: the number alone
    unsigned i = add_relaxed(&taken, 1);

    WEAK_EXPECT(i < SLOTS);
    slots[i].slot = i;
    return &slots[i];
}
void rp_segment_table_give(struct segment *segment) {
    WEAK_EXPECT(++given[segment->slot] == 1);
}
void *rp_memory_map(size_t bytes, size_t alignment) {
    (void)bytes, (void)alignment;
    return start + ((size_t)add_relaxed(&maps, 1) << 32);
}
void rp_memory_unmap(void *memory, size_t bytes) {
    (void)bytes;
    ++*use_of(memory); // whatever its last user did
}
void *rp_memory_resize(void *memory, size_t before, size_t bytes,
                       size_t alignment) {
    (void)before, (void)bytes, (void)alignment;
    ++*use_of(memory);
    return memory;
}
// What stands at an address belongs to who has the memory there.
_Atomic(void *) rp_page_map_root[PAGE_MAP_ROOT];
void rp_page_map_clear(const void *address, size_t count) {
    (void)count;
    ++headers[use_of(address) - uses];
}
void rp_page_map_set(const void *address, void *what,
                     struct page_map_nodes *nodes) {
    (void)what, (void)nodes;
    ++headers[use_of(address) - uses];
}

// ---- what threads do ----

static void begin(void) {
    const void *counters[] = {&taken,        &maps,          &kept_bytes,
                              &bytes_in_use, &blocks_in_use, &given_back,
                              &is_missed};
    for (unsigned i = 0; i < sizeof counters / sizeof *counters; i++)
        weak_ignore(counters[i]);
    rp_huge_memory_reset();
    store_relaxed(&taken, 0); // relaxed, both: alone
    store_relaxed(&maps, 0);
    for (unsigned i = 0; i < SLOTS; i++)
        uses[i] = given[i] = headers[i] = 0;
}

// As who makes a block there (core/heap/huge.c).
static struct segment *take(size_t bytes) {
    int is_new;
    struct segment *slot = rp_huge_memory_take(bytes, 1, &is_new);

    WEAK_EXPECT(slot != NULL && slot->bytes >= bytes);
    WEAK_EXPECT(given[slot->slot] == 0);
    WEAK_EXPECT(!is_new || segment_first(slot) == NULL);
    ++*use_of(slot->memory);
    ++headers[slot->slot];
    // relaxed: as its reading
    store_relaxed(&slot->first_span, slot->memory);
    return slot;
}

static void take_and_keep(void) {
    rp_huge_memory_give(take(SIZE), ALL);
}
static void take_and_keep_twice(void) {
    take_and_keep();
    take_and_keep();
}
static void take_and_give_back(void) {
    rp_huge_memory_give(take(SIZE), 0);
}
static void trim(void) {
    rp_huge_memory_trim(0);
}

static void begin_with_one_kept(void) {
    begin();
    take_and_keep();
}
static void begin_with_two_kept(void) {
    begin();
    struct segment *first = take(SIZE), *second = take(LARGER);
    rp_huge_memory_give(first, ALL);
    rp_huge_memory_give(second, ALL);
}
static void take_larger(void) {
    rp_huge_memory_give(take(LARGER), ALL);
}

// Each slot is kept, or was given back, once; and the sums are those of them.
static void each_is_somewhere(void) {
    size_t bytes = 0;

    for (unsigned i = 0; i < KEPT_MOST; i++) {
        // relaxed: alone
        struct segment *slot = load_relaxed(&kept[i]);
        if (slot == NULL)
            continue;
        WEAK_EXPECT(given[slot->slot] == 0);
        bytes += slot->bytes;
        given[slot->slot] = 1;
    }
    for (unsigned i = 0; i < load_relaxed(&taken); i++)
        WEAK_EXPECT(given[i] == 1);
    WEAK_EXPECT(rp_huge_memory_kept() == bytes);
    WEAK_EXPECT(rp_huge_memory_in_use() == 0 && rp_huge_memory_count() == 0);
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"keeping",
         begin,
         {take_and_keep, take_and_keep_twice},
         each_is_somewhere},
        {"taking_the_one",
         begin_with_one_kept,
         {take_and_keep, take_and_keep, take_and_give_back},
         each_is_somewhere},
        {"trimming",
         begin_with_one_kept,
         {take_and_keep, trim, take_and_keep},
         each_is_somewhere},
        {"making_fit",
         begin_with_one_kept,
         {take_larger, take_and_keep},
         each_is_somewhere},
        {"choosing",
         begin_with_two_kept,
         {take_larger, take_and_keep},
         each_is_somewhere},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
