// stress_ring.c - a producer and a consumer on one small ring: every event
// comes out whole, once, and in order, however the two are scheduled, while it
// grows and afterwards.
#include "instrument/os/system.h"
#include "instrument/shm/record.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST = 4, ROOM = 64, EVENTS = 3000000 };

static struct rp_ring *ring;

static void expect(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "stress_ring: %s\n", what);
        exit(1);
    }
}

static unsigned type_of(uint64_t number) {
    static const unsigned types[] = {TRACE_EVENT_ALLOC, TRACE_EVENT_FREE,
                                     TRACE_EVENT_SEGMENT_MAP};
    return types[(number * 0x9e3779b97f4a7c15u >> 60) % 3];
}

static void *produce(void *unused) {
    struct rp_ring_producer producer;

    (void)unused;
    rp_ring_producer_start(&producer, ring);
    for (uint64_t i = 0; i < EVENTS; i++) {
        const uint64_t c[4] = {i, ~i, i * 3, 0};
        unsigned type = type_of(i);
        while (!rp_ring_producer_has_room(&producer, rp_record_slots(type)) &&
               !rp_ring_producer_refresh(&producer, rp_record_slots(type)))
            rp_ring_producer_wait(&producer, 1000000);
        rp_record_write(&producer, i, type, (uint32_t)i, i & 0xffffff, c);
    }
    return NULL;
}

static void check(const struct rp_record *record, uint64_t number) {
    unsigned slots = rp_record_slots(record->type);

    expect(record->ticks == number, "an event is lost or twice there");
    expect(record->type == type_of(number), "the type is another one");
    expect(record->a == (uint32_t)number, "a is torn");
    expect(record->b == (number & 0xffffff), "b is torn");
    expect(slots < 2 || record->c[1] == ~number, "the second slot is torn");
    expect(slots < 3 || record->c[2] == number * 3, "the third slot is torn");
}

int main(void) {
    void *memory = rp_system_map(rp_ring_bytes(ROOM), RP_MAP_SHARED);
    pthread_t producer;
    uint64_t tail = 0;

    ring = rp_ring_make(memory, FIRST, ROOM, 1);
    pthread_create(&producer, NULL, produce, NULL);
    for (uint64_t i = 0; i < EVENTS;) {
        uint64_t head = rp_ring_head(ring);
        struct rp_slots slots = rp_ring_slots(ring);
        while (tail < head) {
            struct rp_record record;
            tail += rp_record_read(&slots, tail, &record);
            check(&record, i++);
        }
        // Sometimes late, so that the ring runs full.
        if (i % 7 == 0)
            rp_system_wait(&ring->hungry, 0, 10000);
        rp_ring_give_back(ring, tail, 0);
    }
    pthread_join(producer, NULL);
    expect(rp_ring_head(ring) == tail, "something is left over");
    return 0;
}
