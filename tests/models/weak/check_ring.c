// check_ring.c - the ring of a thread: it fills it, grows it, and its drainer
// gives back what it has read.
#include "instrument/os/system.h"
#include "instrument/shm/ring.h"
#include "tests/models/weak/program.h"

enum { FIRST = 2, MOST = 4, EVENTS = 5 };

static _Alignas(
    64) char memory[sizeof(struct rp_ring) + MOST * sizeof(struct rp_slot)];
static struct rp_ring *ring;
static struct rp_ring_producer producer;
static uint64_t written, seen;

// There is memory for all slots, and nobody sleeps.
bool rp_system_populate(void *address, size_t bytes) {
    (void)address, (void)bytes;
    return true;
}
void rp_system_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns) {
    (void)word, (void)value, (void)ns;
}
void rp_system_wake(_Atomic uint32_t *word) {
    (void)word;
}

static void begin_with(uint32_t most) {
    __builtin_memset(memory, 0, sizeof memory);
    ring = rp_ring_make(memory, FIRST, most, 0);
    rp_ring_producer_start(&producer, ring);
    written = seen = 0;
}

static void begin_growing(void) {
    begin_with(MOST);
}
static void begin_small(void) {
    begin_with(FIRST);
}

static void produce(void) {
    for (; written < EVENTS; written++) {
        if (!rp_ring_producer_has_room(&producer, 1) &&
            !rp_ring_producer_refresh(&producer, 1))
            return;
        rp_ring_producer_slot(&producer, 0)->word[0] = written + 1;
        rp_ring_producer_publish(&producer, 1);
    }
}

static void consume(void) {
    uint64_t head = rp_ring_head(ring);
    struct rp_slots slots = rp_ring_slots(ring);

    WEAK_EXPECT(head >= seen);
    for (; seen < head; seen++)
        WEAK_EXPECT(rp_slot_at(&slots, seen)->word[0] == seen + 1);
    rp_ring_give_back(ring, seen, seen);
}

static void consume_twice(void) {
    consume();
    consume();
}

static void everything_is_there(void) {
    consume();
    WEAK_EXPECT(seen == written);
    WEAK_EXPECT(written >= FIRST);
    WEAK_EXPECT(rp_ring_mark(ring).sequence == seen);
}

// Another process goes on where the first one was.
static void consume_again(void) {
    struct rp_ring_mark mark = rp_ring_mark(ring);

    WEAK_EXPECT(mark.tail == mark.sequence);
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"ring_that_grows",
         begin_growing,
         {produce, consume_twice},
         everything_is_there},
        {"ring_that_is_full",
         begin_small,
         {produce, consume_twice},
         everything_is_there},
        {"mark",
         begin_growing,
         {produce, consume, consume_again},
         everything_is_there},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
