// check_huge_memory.c - memory of huge blocks that several threads keep, take,
// cut, join and give back.
//
// The files themselves are part of this one, since their counters are their
// own.
#include "core/memory/huge_kept.c"
#include "core/memory/huge_memory.c"

#include "tests/models/weak/program.h"

enum { SLOTS = 12, UNIT = 1 << 20, UNITS = 64, ALL = 1 << 30 };
enum { SIZE = 4 * UNIT, LARGER = 16 * UNIT };

static struct segment slots[SLOTS];
static unsigned uses[UNITS];  // of the memory, by who has it
static unsigned given[SLOTS]; // the slot, to the table
static _Atomic(unsigned) taken, mapped_units;
static int is_divisible;

// ---- what it stands on ----

// Memory that nobody looks at, at addresses that tell which it is.
static char *const start = (char *)((uintptr_t)1 << 40);

static size_t unit_at(const void *memory) {
    return (size_t)((const char *)memory - start) / UNIT;
}

static void use(const void *memory, size_t bytes) {
    for (size_t i = 0; i < bytes / UNIT; i++)
        ++uses[unit_at(memory) + i];
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
int rp_memory_is_divisible(void) {
    return is_divisible;
}
size_t rp_os_huge_page_bytes(void) {
    return 0;
}
// Neighbours, where they can become one.
void *rp_memory_map(size_t bytes, size_t alignment) {
    unsigned units = (unsigned)(bytes / UNIT) + !is_divisible;
    unsigned first = add_relaxed(&mapped_units, units);

    (void)alignment;
    WEAK_EXPECT(first + units <= UNITS);
    return start + (size_t)first * UNIT;
}
void rp_memory_unmap(void *memory, size_t bytes) {
    use(memory, bytes); // whatever its last user did
}
void *rp_memory_resize(void *memory, size_t before, size_t bytes,
                       size_t alignment) {
    (void)alignment;
    WEAK_EXPECT(bytes < before);
    use(memory, before);
    return memory;
}
// What stands at an address belongs to who has the memory there.
_Atomic(void *) rp_page_map_root[PAGE_MAP_ROOT];
void rp_page_map_clear(const void *address, size_t count) {
    (void)count;
    ++uses[unit_at(address)];
}
void rp_page_map_set(const void *address, void *what,
                     struct page_map_nodes *nodes) {
    (void)what, (void)nodes;
    ++uses[unit_at(address)];
}

// ---- what threads do ----

static void begin(void) {
    const void *counters[] = {&taken,        &mapped_units,  &kept_bytes,
                              &bytes_in_use, &blocks_in_use, &given_back,
                              &is_missed};
    for (unsigned i = 0; i < sizeof counters / sizeof *counters; i++)
        weak_ignore(counters[i]);
    rp_huge_memory_reset();
    store_relaxed(&taken, 0); // relaxed, both: alone
    store_relaxed(&mapped_units, 0);
    is_divisible = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        // Marks: whoever reads one has the slot, or guesses.
        weak_ignore(&slots[i].dirty);
        given[i] = 0;
    }
    for (unsigned i = 0; i < UNITS; i++)
        uses[i] = 0;
}

// As who makes a block there (core/heap/huge.c).
static struct segment *take(size_t bytes) {
    int is_new;
    struct segment *slot = rp_huge_memory_take(bytes, 1, &is_new);

    WEAK_EXPECT(slot != NULL && slot->bytes >= bytes);
    WEAK_EXPECT(given[slot->slot] == 0);
    WEAK_EXPECT(!is_new || segment_first(slot) == NULL);
    use(slot->memory, slot->bytes);
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
static void begin_with_one_to_cut(void) {
    begin();
    is_divisible = 1;
    take_larger();
}
static void begin_with_neighbours(void) {
    begin();
    is_divisible = 1;
    struct segment *first = take(SIZE), *second = take(SIZE);
    rp_huge_memory_give(first, ALL);
    rp_huge_memory_give(second, ALL);
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
         {take_and_keep, take_and_give_back},
         each_is_somewhere},
        {"trimming",
         begin_with_one_kept,
         {take_and_keep_twice, trim},
         each_is_somewhere},
        {"cutting",
         begin_with_one_to_cut,
         {take_and_keep, take_and_give_back},
         each_is_somewhere},
        {"joining",
         begin_with_neighbours,
         {take_and_keep, take_and_give_back},
         each_is_somewhere},
        {"choosing",
         begin_with_two_kept,
         {take_larger, trim},
         each_is_somewhere},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
