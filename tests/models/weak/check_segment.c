// check_segment.c - spans of segments that several threads take, give and
// purge.
//
// The file itself is part of this one, since its counters are its own; so is
// the index by address, whose reset would look at more than can be followed.
#include "core/span/segment.c"
#include "core/span/segment_index.c"

#include "core/memory/bookkeeping.h"
#include "core/memory/directory.h"
#include "core/memory/page_map.h"
#include "tests/models/weak/program.h"

enum { SPANS = 4, SEGMENTS = 4, PLACES = 64, NODES = 6 };

static unsigned uses[PLACES];    // of who has the span
static unsigned is_left[PLACES]; // its memory has been given back

// ---- what it stands on ----

// Memory that nobody looks at, at addresses that tell which it is.
static char *const start = (char *)((uintptr_t)1 << 32);
static _Atomic(unsigned) maps;
static size_t most_bytes; // that are there at once

void *rp_memory_map(size_t bytes, size_t alignment) {
    (void)alignment;
    if (bytes > most_bytes)
        return NULL;
    // relaxed: the number alone
    unsigned i = add_relaxed(&maps, 1);
    WEAK_EXPECT(bytes <= (size_t)SPANS << SPAN_SHIFT && i < PLACES / SPANS);
    return start + ((size_t)i * SPANS << SPAN_SHIFT);
}
static unsigned place_of(const char *memory) {
    return (unsigned)((memory - start) >> SPAN_SHIFT);
}
void rp_memory_unmap(void *memory, size_t bytes) {
    for (unsigned i = 0; i < bytes >> SPAN_SHIFT; i++)
        uses[place_of(memory) + i]++;
}
int rp_memory_decommit(void *memory, size_t bytes) {
    for (unsigned i = 0; i < bytes >> SPAN_SHIFT; i++)
        is_left[place_of(memory) + i] = 1;
    return 0;
}
int rp_memory_commit(void *memory, size_t bytes) {
    for (unsigned i = 0; i < bytes >> SPAN_SHIFT; i++)
        is_left[place_of(memory) + i] = 0;
    return 0;
}
int rp_memory_is_paged(void) {
    return 1;
}
int rp_memory_may_decommit(void) {
    return 1;
}
void rp_page_map_clear(const void *address, size_t count) {
    (void)address, (void)count;
}
// Nodes of the index: of their zeroes those are written that are looked at.
static struct page_map_node nodes[NODES];
static _Atomic(unsigned) node_count;
void *rp_bookkeeping_alloc(size_t bytes) {
    if (bytes != sizeof *nodes)
        return NULL;
    unsigned node = add_relaxed(&node_count, 1); // relaxed: as above
    WEAK_EXPECT(node < NODES);
    for (unsigned i = 0; i < 2 * SPANS; i++)
        *(char **)&nodes[node]
             .entries[page_map_index(start + ((size_t)i << SPAN_SHIFT), 0)] =
            NULL;
    *(char **)&nodes[node].entries[page_map_index(start, 1)] = NULL;
    return &nodes[node];
}
void *rp_directory_fill(struct directory *directory, uint32_t number,
                        void *what) {
    (void)directory, (void)number, (void)what;
    return NULL;
}
void rp_directory_reset(struct directory *directory) {
    (void)directory;
}
void rp_huge_memory_trim(size_t keep) {
    (void)keep;
}
size_t rp_huge_memory_kept(void) {
    return 0;
}
size_t rp_huge_memory_in_use(void) {
    return 0;
}
int rp_huge_memory_is_missed(void) {
    return 0;
}
_Atomic(void *) rp_page_map_root[PAGE_MAP_ROOT];

// No unit is backed by a huge page.
enum huge_unit_use rp_huge_unit_use(void) {
    return HUGE_UNIT_NEVER;
}
void rp_huge_unit_advise(const struct segment *segment, uint64_t bits) {
    (void)segment, (void)bits;
}
uint64_t rp_huge_unit_worth(const struct segment *segment, uint64_t free,
                            uint64_t dirty, unsigned least) {
    (void)segment, (void)free, (void)least;
    return dirty;
}
void rp_huge_unit_split(const struct segment *segment, uint64_t bits) {
    (void)segment, (void)bits;
}
void rp_huge_unit_forget(const struct segment *segment) {
    (void)segment;
}

// What is worth keeping: nothing.
void rp_surplus_given(size_t spans) {
    (void)spans;
}
void rp_surplus_taken(size_t spans, size_t new_spans, size_t kept) {
    (void)spans, (void)new_spans, (void)kept;
}
size_t rp_surplus_worth(size_t taken) {
    (void)taken;
    return 0;
}
size_t rp_surplus_floor(size_t taken) {
    (void)taken;
    return 0;
}
void rp_surplus_purged(size_t bytes, size_t taken) {
    (void)bytes, (void)taken;
}
size_t rp_surplus_worked(size_t blocks, size_t kept, size_t taken) {
    (void)blocks, (void)taken;
    return kept;
}
void rp_surplus_let_go(size_t bytes) {
    (void)bytes;
}
void rp_surplus_reset(void) {}

// ---- what threads do ----

static struct span_run held; // by who is before all
static struct span_run rest; // by who takes all the others
static _Atomic(char *) told; // of the memory of one

static void begin(void) {
    const void *counters[] = {&spans_mapped,
                              &spans_taken,
                              &spans_dirty,
                              &segments_mapped,
                              &node_count,
                              &maps,
                              &rp_segment_shared.growth};
    for (unsigned i = 0; i < sizeof counters / sizeof *counters; i++)
        weak_ignore(counters[i]);
    rp_segment_settings.most_spans = SPANS;
    most_bytes = (size_t)SPANS << SPAN_SHIFT;
    *(uint32_t *)&is_kept = 0;
    *(void **)&root[(uint64_t)(uintptr_t)start >> SPAN_SHIFT >>
                    2 * PAGE_MAP_BITS] = NULL;
    rp_segment_table_reset(); // whatever the last execution was in
    rp_segment_finalize();
    store_relaxed(&maps, 0); // relaxed, all: alone
    store_relaxed(&node_count, 0);
    store_relaxed(&told, NULL);
    for (unsigned i = 0; i < PLACES; i++)
        uses[i] = is_left[i] = 0;
}

static int take(struct span_run *run, unsigned count) {
    if (!rp_segment_take(&rp_segment_shared, count, run))
        return 0;
    for (unsigned i = 0; i < count; i++) {
        WEAK_EXPECT(!is_left[place_of(run->memory) + i]);
        uses[place_of(run->memory) + i]++;
    }
    return 1;
}
static void give(const struct span_run *run) {
    for (unsigned i = 0; i < run->count; i++)
        uses[place_of(run->memory) + i]++;
    rp_segment_give(run->slot, run->number, run->count);
}

static void take_and_give_one(void) {
    struct span_run run;

    WEAK_EXPECT(take(&run, 1));
    give(&run);
}
static void take_and_give_two(void) {
    struct span_run run;

    WEAK_EXPECT(take(&run, 2));
    give(&run);
}
static void purge(void) {
    rp_segment_purge(0, 0);
}

// A segment whose other spans are free: one of them used, the others not.
static void begin_with_one_taken(void) {
    begin();
    WEAK_EXPECT(take(&held, 1));
    take_and_give_one();
}
static void begin_with_none_taken(void) {
    begin();
    take_and_give_one();
}
static void give_held(void) {
    give(&held);
}
static void take_the_rest(void) {
    WEAK_EXPECT(take(&rest, SPANS - 1));
}

// What is not in `taken` is free, and the hint does not miss it.
static void all_but(uint64_t taken) {
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        struct segment *segment = segment_table_slot(i);
        // relaxed, all: alone
        uint64_t free = load_relaxed(&segment->free);
        uint64_t hint = load_relaxed(&group_of(segment)->has_free);
        WEAK_EXPECT(free == (load_relaxed(&segment->all) & ~taken));
        WEAK_EXPECT(free == 0 || (hint & slot_bit(segment)) != 0);
        taken = 0; // by the first segment alone
    }
}
static void all_is_free(void) {
    all_but(0);
}
static void all_but_one_is_free(void) {
    all_but(bit_run(held.number % SEGMENT_SPANS, held.count));
}
static void all_but_the_rest_is_free(void) {
    all_but(bit_run(rest.number % SEGMENT_SPANS, rest.count));
}

// ---- who asks by address ----

// One span a segment: more of them only go through more of the same.
static void begin_small(void) {
    begin();
    most_bytes = SPAN_BYTES;
}
// Takes one, and tells it, as a program passes blocks.
static void take_and_tell(void) {
    WEAK_EXPECT(take(&held, 1));
    store_release(&told, held.memory); // release [told]: the span
}
static void ask_what_was_told(void) {
    const char *block = load_acquire(&told); // acquire [told]: the span

    if (block != NULL)
        WEAK_EXPECT(rp_segment_index_at(block) != NO_SPAN);
}
// Where nothing is known, or anything may be going on.
static void ask_anywhere(void) {
    uint32_t number = rp_segment_index_at(start);

    WEAK_EXPECT(number == NO_SPAN || number < SEGMENTS * SEGMENT_SPANS);
}
static void begin_asked(void) {
    begin_small();
    ask_anywhere();
}
static void it_is_known(void) {
    WEAK_EXPECT(rp_segment_index_at(held.memory) == held.number);
    WEAK_EXPECT(rp_segment_index_at(start + ((size_t)PLACES << SPAN_SHIFT)) ==
                NO_SPAN);
}
static void none_is_known(void) {
    for (unsigned i = 0; i < 2 * SPANS; i++)
        WEAK_EXPECT(rp_segment_index_at(start + ((size_t)i << SPAN_SHIFT)) ==
                    NO_SPAN);
}

// A segment that is about to go, or has gone; the next one has its slot, and
// other addresses.
static void begin_small_with_none_taken(void) {
    begin_small();
    take_and_give_one();
}
static void begin_with_one_asked(void) {
    begin_small_with_none_taken();
    ask_anywhere();
}
static void begin_with_one_gone(void) {
    begin_small_with_none_taken();
    purge();
}
static void what_has_gone_is_not_known(void) {
    if (load_relaxed(&told) == NULL) // relaxed: alone
        take_and_tell();
    if (held.memory != start)
        WEAK_EXPECT(rp_segment_index_at(start) == NO_SPAN);
    it_is_known();
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"taking_and_giving",
         begin_with_one_taken,
         {take_and_give_one, take_and_give_two},
         all_but_one_is_free},
        {"taking_the_rest",
         begin_with_one_taken,
         {take_the_rest, give_held},
         all_but_the_rest_is_free},
        {"mapping", begin, {take_and_give_one, take_and_give_two}, all_is_free},
        {"purging",
         begin_with_one_taken,
         {take_and_give_one, purge},
         all_but_one_is_free},
        {"unmapping",
         begin_with_none_taken,
         {take_and_give_one, purge},
         all_is_free},
        {"giving_the_last",
         begin_with_one_taken,
         {give_held, purge},
         all_is_free},
        {"asking_for_what_was_told",
         begin_asked,
         {take_and_tell, ask_what_was_told},
         it_is_known},
        {"asking_first",
         begin_small,
         {take_and_tell, ask_anywhere},
         it_is_known},
        {"asking_first_while_it_goes",
         begin_small_with_none_taken,
         {purge, ask_anywhere},
         what_has_gone_is_not_known},
        {"asking_first_when_it_has_gone",
         begin_with_one_gone,
         {take_and_tell, ask_anywhere},
         what_has_gone_is_not_known},
        {"asking_while_it_goes",
         begin_with_one_asked,
         {purge, ask_anywhere},
         none_is_known},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
