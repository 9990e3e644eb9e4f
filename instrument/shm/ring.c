// ring.c - the slow ends of ring.h.
#include "instrument/shm/ring.h"

#include "core/base/bits.h"
#include "core/os/check.h"
#include "instrument/os/system.h"

#define PAGE ((uintptr_t)4096) // at most the system's, for addresses

static_assert(offsetof(struct rp_ring, head) == 64, "a line of its own");
static_assert(offsetof(struct rp_ring, tail) == 192, "a line of its own");

struct rp_ring *rp_ring_make(void *memory, uint32_t capacity, uint32_t most,
                             uint32_t number) {
    struct rp_ring *ring = memory;

    CHECK(is_power_of_two(capacity) && is_power_of_two(most));
    CHECK(capacity <= most);
    // relaxed, both: before anybody knows of the ring
    store_relaxed(&ring->capacity, capacity);
    store_relaxed(&ring->room, most);
    ring->most = most;
    ring->number = number;
    return ring;
}

void rp_ring_aim(struct rp_ring *ring, uint32_t slots) {
    // relaxed, both: before anybody knows of the ring
    uint32_t capacity = load_relaxed(&ring->capacity);

    store_relaxed(&ring->room, slots > capacity ? slots : capacity);
}

void rp_ring_producer_start(struct rp_ring_producer *producer,
                            struct rp_ring *ring) {
    producer->slots = ring->slots;
    // relaxed, both: the producer is the only one who writes them
    producer->mask = load_relaxed(&ring->capacity) - 1;
    producer->head = load_relaxed(&ring->head);
    producer->limit = producer->head;
    producer->contiguous = 0;
    producer->ring = ring;
}

void rp_ring_producer_line_up(struct rp_ring_producer *producer) {
    uint64_t lap = producer->head & ~producer->mask;
    uint64_t end = lap + producer->mask + 1;

    producer->contiguous = producer->limit < end ? producer->limit : end;
    producer->origin =
        (uintptr_t)producer->slots - lap * sizeof(struct rp_slot);
}

// Whether the consumer has seen to it that there is.
static bool is_prepared(const struct rp_ring_producer *producer) {
    // relaxed: see rp_ring_prepare
    return load_relaxed(&producer->ring->prepared) >= 2 * (producer->mask + 1);
}

// Whether there is memory for twice the capacity.
static bool has_memory(const struct rp_ring_producer *producer) {
    uint64_t capacity = producer->mask + 1;
    uintptr_t from = (uintptr_t)&producer->slots[capacity] & ~(PAGE - 1);
    uintptr_t end = (uintptr_t)&producer->slots[2 * capacity];

    return is_prepared(producer) ||
           rp_system_populate((void *)from, end - from);
}

// At the end of the slots, where it may grow, or stay as it is until it comes
// there again.
static void grow_or_settle(struct rp_ring_producer *producer, uint64_t tail) {
    struct rp_ring *ring = producer->ring;
    uint64_t capacity = producer->mask + 1, used = producer->head - tail;
    bool in_any_case =
        capacity < RP_RING_LARGE && rp_ring_room(ring) > capacity;
    bool wants = in_any_case || used > capacity / 4;
    uint64_t room = capacity;

    if (wants && has_memory(producer)) {
        producer->mask = 2 * capacity - 1;
        // relaxed: published by [ring], with the first head beyond
        store_relaxed(&ring->capacity, (uint32_t)(2 * capacity));
        room = rp_ring_room(ring); // it goes on growing, if it did
        if (room < 2 * capacity)
            room = 2 * capacity;
    }
    store_relaxed(&ring->room, (uint32_t)room); // relaxed: see .h
}

// The next place where it may grow, from head on; UINT64_MAX: nowhere.
static uint64_t next_end(const struct rp_ring_producer *producer) {
    uint64_t capacity = producer->mask + 1;
    uint64_t lap = producer->head / (2 * capacity) * (2 * capacity);

    if (capacity >= producer->ring->most)
        return UINT64_MAX;
    return producer->head <= lap + capacity ? lap + capacity
                                            : lap + 3 * capacity;
}

bool rp_ring_producer_refresh(struct rp_ring_producer *producer,
                              unsigned slots) {
    struct rp_ring *ring = producer->ring;
    // acquire [tail]: the consumer's reads of the slots are done
    uint64_t tail = load_acquire(&ring->tail), end = next_end(producer);

    if (producer->head + slots > end && tail + producer->mask + 1 >= end) {
        grow_or_settle(producer, tail);
        end = next_end(producer);
    }
    uint64_t room = rp_ring_room(ring);
    uint64_t half = tail + room / 2;

    CHECK(producer->head - tail <= producer->mask + 1);
    producer->limit = producer->head + slots <= half ? half : tail + room;
    if (producer->limit > tail + producer->mask + 1)
        producer->limit = tail + producer->mask + 1;
    if (producer->limit > end && producer->head + slots <= end)
        producer->limit = end; // to look there again
    uint64_t capacity = producer->mask + 1, middle = end - capacity / 2;
    if (capacity >= RP_RING_LARGE && producer->limit > middle &&
        producer->head + slots <= middle && !is_prepared(producer))
        producer->limit = middle; // to wake the consumer, which prepares it
    return rp_ring_producer_has_room(producer, slots);
}

bool rp_ring_producer_half_full(const struct rp_ring_producer *producer) {
    uint64_t capacity = producer->mask + 1, room = rp_ring_room(producer->ring);

    if (capacity >= RP_RING_LARGE)
        room = capacity;
    // relaxed: a hint
    return producer->head - load_relaxed(&producer->ring->tail) >= room / 2;
}

void rp_ring_producer_wait(struct rp_ring_producer *producer, uint64_t ns) {
    struct rp_ring *ring = producer->ring;

    // relaxed: when the consumer misses it, the wait ends by its time
    store_relaxed(&ring->hungry, 1);
    // relaxed: only whether to sleep; rp_ring_producer_refresh looks properly
    if (producer->head - load_relaxed(&ring->tail) >= rp_ring_room(ring) / 2)
        rp_system_wait(&ring->hungry, 1, ns);
    store_relaxed(&ring->hungry, 0); // relaxed: see above
}

void rp_ring_give_back(struct rp_ring *ring, uint64_t tail, uint64_t sequence) {
    // relaxed: the consumer is the only one who writes it
    uint32_t other = load_relaxed(&ring->mark) ^ 1;

    ring->marks[other & 1] = (struct rp_ring_mark){tail, sequence};
    store_release(&ring->mark, other); // release [mark]: it
    // release [tail]: my reads of the slots are done
    store_release(&ring->tail, tail);
    // relaxed: when it is missed, the wait ends by its time
    if (RP_UNLIKELY(load_relaxed(&ring->hungry) != 0)) {
        store_relaxed(&ring->hungry, 0); // relaxed: see above
        rp_system_wake(&ring->hungry);
    }
}
