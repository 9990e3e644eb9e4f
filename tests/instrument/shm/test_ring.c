// test_ring.c - tests instrument/shm/ring.c.
#include "instrument/shm/ring.h"

#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { CAPACITY = 8 };

static struct rp_ring *ring;
static struct rp_ring_producer producer;

static void setup(void) {
    void *memory = rp_system_map(rp_ring_bytes(CAPACITY), RP_MAP_SHARED);

    ring = rp_ring_make(memory, CAPACITY, CAPACITY, 5);
    rp_ring_producer_start(&producer, ring);
}

TestSuite(ring, .init = setup);

static const struct rp_slot *slot(uint64_t number) {
    struct rp_slots slots = rp_ring_slots(ring);

    return rp_slot_at(&slots, number);
}

// Publishes `count` slots that hold first, first + 1, ...
static void publish(uint64_t first, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        rp_ring_producer_slot(&producer, i)->word[0] = first + i;
    rp_ring_producer_publish(&producer, count);
}

Test(ring, is_empty_and_has_room_at_first) {
    cr_assert(eq(u64, rp_ring_head(ring), 0));
    cr_assert(rp_ring_producer_refresh(&producer, CAPACITY));
    cr_assert(not(rp_ring_producer_refresh(&producer, CAPACITY + 1)));
}

Test(ring, shows_nothing_before_it_is_published) {
    rp_ring_producer_refresh(&producer, 2);
    rp_ring_producer_slot(&producer, 0)->word[0] = 1;

    cr_assert(eq(u64, rp_ring_head(ring), 0));
}

Test(ring, gives_slots_in_the_order_in_which_they_came) {
    rp_ring_producer_refresh(&producer, 3);
    publish(10, 3);

    cr_assert(eq(u64, rp_ring_head(ring), 3));
    for (uint64_t i = 0; i < 3; i++)
        cr_assert(eq(u64, slot(i)->word[0], 10 + i));
}

Test(ring, has_no_room_when_full_until_something_is_given_back) {
    rp_ring_producer_refresh(&producer, CAPACITY);
    publish(0, CAPACITY);

    cr_assert(not(rp_ring_producer_has_room(&producer, 1)));
    cr_assert(not(rp_ring_producer_refresh(&producer, 1)));
    rp_ring_give_back(ring, 3, 0);
    cr_assert(rp_ring_producer_refresh(&producer, 3));
    cr_assert(not(rp_ring_producer_refresh(&producer, 4)));
}

Test(ring, carries_an_event_across_its_end) {
    rp_ring_producer_refresh(&producer, CAPACITY);
    publish(0, CAPACITY - 1);
    rp_ring_give_back(ring, CAPACITY - 1, 0);
    rp_ring_producer_refresh(&producer, 3);
    publish(70, 3);

    for (uint64_t i = 0; i < 3; i++)
        cr_assert(eq(u64, slot(CAPACITY - 1 + i)->word[0], 70 + i));
}

Test(ring, brings_the_producer_back_when_it_is_half_full) {
    rp_ring_producer_refresh(&producer, 1);
    publish(0, CAPACITY / 2);

    cr_assert(not(rp_ring_producer_has_room(&producer, 1)));
    cr_assert(rp_ring_producer_half_full(&producer));
    cr_assert(rp_ring_producer_refresh(&producer, 1));
}

Test(ring, can_be_taken_up_by_another_producer_where_the_last_one_stopped) {
    struct rp_ring_producer next;

    rp_ring_producer_refresh(&producer, 2);
    publish(0, 2);
    rp_ring_producer_start(&next, ring);
    producer = next;
    rp_ring_producer_refresh(&producer, 1);
    publish(2, 1);

    cr_assert(eq(u64, rp_ring_head(ring), 3));
    cr_assert(eq(u64, slot(2)->word[0], 2));
}

Test(ring, lets_a_waiting_producer_go_after_its_time) {
    rp_ring_producer_refresh(&producer, CAPACITY);
    publish(0, CAPACITY);

    rp_ring_producer_wait(&producer, 1000000);

    cr_assert(not(rp_ring_producer_refresh(&producer, 1)));
}

// ---- growing ----

static void setup_small(void) {
    void *memory = rp_system_map(rp_ring_bytes(4 * CAPACITY), RP_MAP_SHARED);

    ring = rp_ring_make(memory, CAPACITY, 4 * CAPACITY, 5);
    rp_ring_producer_start(&producer, ring);
}

TestSuite(ring_that_grows, .init = setup_small);

Test(ring_that_grows, does_not_wait_before_all_its_room_is_full) {
    uint64_t count = 0;

    while (rp_ring_producer_refresh(&producer, 3)) {
        publish(count, 3);
        count += 3;
    }

    cr_assert(eq(u64, count, 30)); // of 32
    for (uint64_t i = 0; i < count; i++)
        cr_assert(eq(u64, slot(i)->word[0], i));
}

Test(ring_that_grows, keeps_what_is_not_given_back_yet_in_its_place) {
    rp_ring_producer_refresh(&producer, CAPACITY - 1);
    publish(0, CAPACITY - 1);
    rp_ring_give_back(ring, 2, 0);
    rp_ring_producer_refresh(&producer, 3);
    publish(CAPACITY - 1, 3);

    for (uint64_t i = 2; i < CAPACITY + 2; i++)
        cr_assert(eq(u64, slot(i)->word[0], i));
}

Test(ring_that_grows, takes_no_more_memory_than_its_events_have_needed) {
    rp_ring_producer_refresh(&producer, CAPACITY);
    publish(0, CAPACITY);
    rp_ring_give_back(ring, CAPACITY, 0);

    cr_assert(eq(u64, producer.mask + 1, CAPACITY));
    rp_ring_producer_refresh(&producer, 1);
    cr_assert(eq(u64, producer.mask + 1, 2 * CAPACITY));
}

Test(ring_that_grows, wraps_for_good_when_it_has_all_its_room) {
    for (uint64_t i = 0; i < 100 * CAPACITY; i++) {
        cr_assert(rp_ring_producer_refresh(&producer, 1));
        publish(i, 1);
        cr_assert(eq(u64, slot(i)->word[0], i));
        rp_ring_give_back(ring, i + 1, 0);
    }

    cr_assert(eq(u64, producer.mask + 1, 4 * CAPACITY));
}

// Publishes so many slots, one by one; of which `kept` are not given back.
static void fill(uint64_t count, uint64_t kept) {
    for (uint64_t i = 0; i < count; i++) {
        cr_assert(rp_ring_producer_refresh(&producer, 1));
        publish(producer.head, 1);
        if (producer.head > kept)
            rp_ring_give_back(ring, producer.head - kept, 0);
    }
}

Test(ring_that_grows, grows_to_its_aim_and_no_further_while_little_is_in_it) {
    rp_ring_aim(ring, 2 * CAPACITY);
    rp_ring_producer_start(&producer, ring);

    fill(100 * CAPACITY, 1);

    cr_assert(eq(u64, producer.mask + 1, 2 * CAPACITY));
    cr_assert(eq(u32, rp_ring_room(ring), 2 * CAPACITY));
}

Test(ring_that_grows, grows_beyond_its_aim_when_much_is_in_it) {
    rp_ring_aim(ring, CAPACITY);
    rp_ring_producer_start(&producer, ring);

    fill(100 * CAPACITY, CAPACITY / 2);

    cr_assert(eq(u64, producer.mask + 1, 2 * CAPACITY));
}

// As the hooks of malloc and free write, two slots or one, and others three.
Test(ring_that_grows, has_slots_in_a_row_where_they_are) {
    uint64_t count = 0;
    unsigned rows = 0, others = 0;

    for (unsigned i = 0; count < 50 * CAPACITY; i++) {
        unsigned slots = 1 + i % 3;
        uint64_t end = producer.head + slots;
        if (!rp_ring_producer_has_row(&producer, end)) {
            producer.contiguous = 0;
            cr_assert(rp_ring_producer_refresh(&producer, slots));
            publish(count, slots);
            rp_ring_producer_line_up(&producer);
            others++;
        } else {
            struct rp_slot *row = rp_ring_producer_row(&producer, count);
            for (unsigned k = 0; k < slots; k++) {
                cr_assert(
                    eq(ptr, &row[k], rp_ring_producer_slot(&producer, k)));
                row[k].word[0] = count + k;
            }
            rp_ring_producer_publish_to(&producer, end);
            rows++;
        }
        for (uint64_t k = count; k < count + slots; k++)
            cr_assert(eq(u64, slot(k)->word[0], k));
        count += slots;
        rp_ring_give_back(ring, count, 0);
    }

    cr_assert(gt(uint, rows, 2 * others));
}

Test(ring_that_grows, stays_as_it_is_where_there_is_no_more_memory) {
    size_t page = 4096, slots = page / sizeof(struct rp_slot);
    char *memory = rp_system_map(4 * page, RP_MAP_SHARED);
    struct rp_ring *last =
        (struct rp_ring *)(void *)(memory + page - sizeof(struct rp_ring));
    rp_system_unmap(memory + 2 * page, 2 * page);
    ring = rp_ring_make(last, (uint32_t)slots, 4 * (uint32_t)slots, 5);
    rp_ring_producer_start(&producer, ring);

    for (uint64_t i = 0; i < slots; i++) {
        cr_assert(rp_ring_producer_refresh(&producer, 1));
        publish(i, 1);
    }
    cr_assert(not(rp_ring_producer_refresh(&producer, 1)));
    rp_ring_give_back(ring, 1, 0);
    cr_assert(rp_ring_producer_refresh(&producer, 1));
    publish(slots, 1);

    cr_assert(eq(u32, rp_ring_room(ring), (uint32_t)slots));
    for (uint64_t i = 1; i <= slots; i++)
        cr_assert(eq(u64, slot(i)->word[0], i));
}

// ---- large ones ----

enum { LARGE = RP_RING_LARGE };

static void setup_large(void) {
    void *memory = rp_system_map(rp_ring_bytes(4 * LARGE), RP_MAP_SHARED);

    ring = rp_ring_make(memory, LARGE, 4 * LARGE, 5);
    rp_ring_producer_start(&producer, ring);
}

TestSuite(ring_that_is_large, .init = setup_large);

static uint64_t put_until(uint64_t count, uint64_t end, uint64_t kept) {
    for (; count < end; count++) {
        cr_assert(rp_ring_producer_refresh(&producer, 1));
        publish(count, 1);
        if (count >= kept)
            rp_ring_give_back(ring, count + 1 - kept, 0);
    }
    return count;
}

Test(ring_that_is_large, stays_as_it_is_while_little_of_it_is_in_use) {
    rp_ring_prepare(ring, 4 * LARGE);

    put_until(0, 5 * LARGE, LARGE / 4);

    cr_assert(eq(u64, producer.mask + 1, LARGE));
    cr_assert(eq(u32, rp_ring_room(ring), LARGE));
}

Test(ring_that_is_large, grows_when_more_of_it_is_in_use) {
    rp_ring_prepare(ring, 4 * LARGE);

    put_until(0, LARGE + 1, LARGE / 2);
    cr_assert(eq(u64, producer.mask + 1, 2 * LARGE));
    put_until(LARGE + 1, 10 * LARGE, LARGE / 2);

    cr_assert(eq(u64, producer.mask + 1, 2 * LARGE)); // a quarter is in use
}

Test(ring_that_is_large, grows_later_too) {
    rp_ring_prepare(ring, 4 * LARGE);

    uint64_t count = put_until(0, 2 * LARGE, 100);
    cr_assert(eq(u64, producer.mask + 1, LARGE));
    count = put_until(count, 3 * LARGE + 1, LARGE - 1);

    cr_assert(eq(u64, producer.mask + 1, 2 * LARGE));
    cr_assert(eq(u32, rp_ring_room(ring), 2 * LARGE));
    for (uint64_t i = count - LARGE + 1; i < count; i++)
        cr_assert(eq(u64, slot(i)->word[0], i));
}

Test(ring_that_is_large, asks_for_its_memory_in_time) {
    uint64_t count = 0;

    while (!rp_ring_producer_half_full(&producer)) {
        cr_assert(rp_ring_producer_refresh(&producer, 1));
        while (rp_ring_producer_has_room(&producer, 1))
            publish(count++, 1);
    }
    cr_assert(eq(u64, count, LARGE / 2));
    rp_ring_prepare(ring, 2 * LARGE);
    cr_assert(rp_ring_producer_refresh(&producer, 1));
    cr_assert(eq(u64, producer.limit, LARGE));
}

Test(ring_that_is_large, stays_as_it_is_where_there_is_no_more_memory) {
    size_t page = 4096, bytes = rp_ring_bytes(4 * LARGE), half = bytes / 2;
    char *memory = rp_system_map(bytes, RP_MAP_SHARED);
    rp_system_unmap(memory + half / page * page, bytes - half / page * page);
    ring = rp_ring_make(memory, LARGE, 4 * LARGE, 5);
    rp_ring_producer_start(&producer, ring);

    put_until(0, 7 * LARGE, LARGE / 2);

    cr_assert(eq(u64, producer.mask + 1, LARGE));
    cr_assert(eq(u32, rp_ring_room(ring), LARGE));
}

Test(ring_that_is_large, keeps_each_slot_whatever_the_consumer_does) {
    uint64_t random = 1, head = 0, tail = 0;

    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned slots = 1 + (unsigned)(random >> 40) % 3000;
        if (random >> 63)
            rp_ring_prepare(ring, 2 * (uint32_t)(producer.mask + 1));
        while (slots > 3 && rp_ring_producer_refresh(&producer, 3)) {
            publish(head, 3);
            head += 3;
            slots -= 3;
        }
        cr_assert(head - tail <= producer.mask + 1);
        uint64_t at =
            head - tail > 0 ? tail + (random >> 8) % (head - tail) : 0;
        if (head > tail)
            cr_assert(eq(u64, slot(at)->word[0], at));
        // Now it lags, now it catches up.
        uint64_t kept =
            (random >> 20) % 16 == 0 ? 0 : (i / 1000) % 5 * LARGE / 4;
        if (head > kept && head - kept > tail)
            rp_ring_give_back(ring, tail = head - kept, 0);
    }
    cr_assert(producer.mask + 1 > LARGE);
}
