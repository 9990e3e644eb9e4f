// test_record.c - tests instrument/shm/record.h.
#include "instrument/shm/record.h"

#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { CAPACITY = 16 };

static struct rp_ring *ring;
static struct rp_ring_producer producer;

static void setup(void) {
    void *memory = rp_system_map(rp_ring_bytes(CAPACITY), RP_MAP_SHARED);

    ring = rp_ring_make(memory, CAPACITY, CAPACITY, 1);
    rp_ring_producer_start(&producer, ring);
    rp_ring_producer_refresh(&producer, CAPACITY);
}

TestSuite(record, .init = setup);

static unsigned fields_of(unsigned type) {
    const struct trace_event_info *info = trace_event_info(type);
    unsigned count = 0;

    while (count < TRACE_MAX_FIELDS && info->columns[count] != 0)
        count++;
    return count;
}

Test(record, has_as_many_fields_as_the_schema_says) {
    for (unsigned type = 0; type < TRACE_EVENT_TYPES; type++) {
        uint64_t values[TRACE_MAX_FIELDS];
        struct rp_record record = {.type = type};
        // What is in no ring: the drainer tells it.
        if (trace_event_info(type)->text == NULL ||
            type == TRACE_EVENT_RESIDENCY || type == TRACE_EVENT_PAGES ||
            type == TRACE_EVENT_SNAPSHOT || type == TRACE_EVENT_SNAPSHOT_CLASS)
            continue;

        cr_assert(eq(u32, rp_record_values(&record, values), fields_of(type)),
                  "%s", trace_event_info(type)->text);
    }
}

Test(record, comes_out_as_it_went_in) {
    const uint64_t c[4] = {0x1122334455667788, 0x99aabbccddeeff00, 3, 0};
    struct rp_record record;

    for (unsigned type = 1; type < TRACE_EVENT_TYPES; type++) {
        if (trace_event_info(type)->text == NULL)
            continue;
        uint64_t at = rp_ring_head(ring);
        rp_record_write(&producer, 1000 + type, type, 0xfedcba98, 0xabcdef, c);
        struct rp_slots all = rp_ring_slots(ring);
        unsigned slots = rp_record_read(&all, at, &record);

        cr_assert(eq(u64, rp_ring_head(ring), at + slots));
        cr_assert(eq(u64, record.ticks, 1000 + type));
        cr_assert(eq(u32, record.type, type));
        cr_assert(eq(u32, record.a, 0xfedcba98));
        cr_assert(eq(u32, record.b, 0xabcdef));
        if (slots > 1)
            cr_assert(eq(u64, record.c[1], c[1]));
        if (slots > 2)
            cr_assert(eq(u64, record.c[2], c[2]));
        rp_ring_give_back(ring, at + slots, 0);
        rp_ring_producer_refresh(&producer, RP_RECORD_MAX_SLOTS);
    }
}

Test(record, begins_in_halves_as_it_does_in_whole) {
    struct rp_slot slot = {{0}};

    rp_record_begin(&slot, TRACE_EVENT_FREE, 0xfedcba98, 0xabcdef);

    cr_assert(eq(u64, slot.word[1],
                 rp_record_word(TRACE_EVENT_FREE, 0xfedcba98, 0xabcdef)));
}

// A stack is known by 32 bits, next to it stands the alignment.
Test(record, of_an_aligned_block_tells_stack_and_alignment) {
    struct rp_record record = {.type = TRACE_EVENT_ALIGNED,
                               .a = 7,
                               .b = 8,
                               .c = {100, UINT64_C(12) << 32 | 0xffffffff}};
    uint64_t values[TRACE_MAX_FIELDS];

    rp_record_values(&record, values);

    cr_assert(eq(u64, values[0], 0xffffffff));
    cr_assert(eq(u64, values[1], 100));
    cr_assert(eq(u64, values[2], 7));
    cr_assert(eq(u64, values[3], 8));
    cr_assert(eq(u64, values[4], 4096));
}

Test(record, crosses_threads_unless_it_hands_out_or_frees_a_block_of_ones_own) {
    cr_assert(not(rp_record_crosses(TRACE_EVENT_ALLOC, 1)));
    cr_assert(not(rp_record_crosses(TRACE_EVENT_FREE, 1)));
    cr_assert(rp_record_crosses(TRACE_EVENT_FREE, RP_HUGE_BIT | 1));
    cr_assert(rp_record_crosses(TRACE_EVENT_FREE_DEFERRED, 1));
    cr_assert(rp_record_crosses(TRACE_EVENT_SPAN_ACQUIRE, 1));
    cr_assert(rp_record_crosses(TRACE_EVENT_HEAP_ADOPT, 1));
}
