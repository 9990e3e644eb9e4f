// test_spill.c - tests instrument/shm/spill.c and spill_reader.c: what a
// producer does when its ring is full, and what the drainer finds.
#include "instrument/shm/spill_reader.h"

#include "instrument/os/system.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CAPACITY = 1024, MANY = 200000 };

// A process and its drainer in one.
struct both {
    struct rp_shm program, drainer;
    struct rp_shared *shared;
    struct rp_ring *ring;
    struct rp_source *source;
    struct rp_ring_producer producer;
    uint64_t read; // slots
    uint64_t events;
};

static struct both *start(uint64_t budget) {
    static struct both both;
    struct both *b = &both;

    cr_assert(rp_shm_make_private(&b->program, sizeof(struct rp_shared)));
    b->shared = rp_shared_of(&b->program);
    b->shared->process = rp_system_process();
    b->shared->spill.budget = budget;
    snprintf(b->shared->trace, sizeof b->shared->trace,
             "/tmp/rpscope-test-spill.%d", (int)getpid());
    uint64_t offset = rp_shm_take(&b->program, rp_ring_bytes(CAPACITY),
                                  rp_ring_bytes(CAPACITY));
    b->ring =
        rp_ring_make(rp_shm_at(&b->program, offset), CAPACITY, CAPACITY, 1);
    store_release(&b->shared->rings, offset); // release [ring list]
    rp_ring_producer_start(&b->producer, b->ring);
    b->shared->layout = rp_layout();
    for (uint32_t i = 0; i < b->shared->layout.class_count; i++)
        b->shared->classes[i] = rp_class(i);
    b->drainer = b->program;
    cr_assert(rp_own_make(&b->drainer));
    b->source = rp_own_rings(&b->drainer);
    return b;
}

static bool refresh(struct both *b, unsigned slots) {
    return b->producer.spill.is_on
               ? rp_spill_refresh(&b->program, &b->producer, slots)
               : rp_ring_producer_refresh(&b->producer, slots);
}

// Events of one and two slots in turn, numbered; returns how many found room.
static unsigned produce(struct both *b, unsigned from, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        unsigned type =
            (from + i) % 3 == 0 ? TRACE_EVENT_FREE : TRACE_EVENT_ALLOC;
        unsigned slots = rp_record_slots(type);
        const uint64_t c[4] = {from + i, 7};
        if (!rp_ring_producer_has_room(&b->producer, slots) &&
            !refresh(b, slots) &&
            !(rp_spill_enter(&b->program, &b->producer) && refresh(b, slots)))
            return i;
        rp_record_write(&b->producer, from + i, type, from + i, 3, c);
    }
    return count;
}

// Reads up to so many events, and says whether they are the next ones.
static bool consume(struct both *b, uint64_t events) {
    uint64_t head = rp_source_head(b->source), end;
    bool good = true;

    while (events > 0 && b->read < head) {
        const struct rp_slots *part =
            rp_spill_reader_part(&b->drainer, b->source, b->read, head, &end);
        if (b->read >= end)
            return false;
        for (; events > 0 && b->read < end; events--) {
            struct rp_record record = {0};
            b->read += rp_record_read(part, b->read, &record);
            good &= record.ticks == b->events && record.a == b->events &&
                    record.b == 3 &&
                    (record.type == TRACE_EVENT_FREE ||
                     (record.c[0] == b->events && record.c[1] == 7));
            b->events++;
        }
        rp_source_give_back(b->source, b->read, b->events);
        rp_spill_reader_pass(&b->drainer, b->source, b->read);
    }
    return good;
}

static void stop(struct both *b) {
    rp_spill_reader_remove(&b->drainer);
    rp_own_free(&b->drainer);
    rp_shm_close(&b->program);
}

Test(spill, is_wished_for_and_made_by_the_drainer) {
    struct both *b = start(64 << 20);

    unsigned before = produce(b, 0, MANY);
    rp_spill_reader_make(&b->drainer);
    unsigned then = produce(b, before, MANY);

    cr_assert(lt(uint, before, CAPACITY));
    cr_assert(eq(uint, then, MANY));
    stop(b);
}

Test(spill, events_are_read_in_their_order_from_ring_file_and_stage) {
    struct both *b = start(64 << 20);

    unsigned made = produce(b, 0, MANY);
    rp_spill_reader_make(&b->drainer);
    made += produce(b, made, MANY);

    cr_assert(consume(b, UINT64_MAX));
    cr_assert(eq(u64, b->events, made));
    stop(b);
}

Test(spill, goes_back_into_the_ring_and_out_again_as_often_as_need_be) {
    struct both *b = start(64 << 20);
    unsigned made = produce(b, 0, MANY), turns = 0;

    rp_spill_reader_make(&b->drainer);
    for (unsigned i = 0; i < 50; i++) {
        made += produce(b, made, 1000 + i * 977);
        cr_assert(consume(b, i % 3 == 2 ? UINT64_MAX : 500 + i * 911));
        turns += load_relaxed(&b->ring->spill.to) != UINT64_MAX;
    }
    cr_assert(consume(b, UINT64_MAX));

    cr_assert(eq(u64, b->events, made));
    cr_assert(gt(uint, turns, 0));
    stop(b);
}

Test(spill, holds_as_much_as_its_budget_and_then_has_no_room) {
    struct both *b = start(RP_SPILL_LEAST);
    unsigned made = produce(b, 0, MANY);

    rp_spill_reader_make(&b->drainer);
    made += produce(b, made, 20 * MANY);
    unsigned slots = (unsigned)rp_ring_head(b->ring);
    unsigned more = produce(b, made, 1);
    cr_assert(consume(b, UINT64_MAX));
    made += produce(b, made, MANY);
    cr_assert(consume(b, UINT64_MAX));

    cr_assert(eq(uint, more, 0));
    cr_assert(lt(uint, slots, RP_SPILL_LEAST / sizeof(struct rp_slot) * 2));
    cr_assert(eq(u64, b->events, made));
    stop(b);
}

Test(spill, can_be_read_by_the_next_drainer) {
    struct both *b = start(64 << 20);
    unsigned made = produce(b, 0, MANY);

    rp_spill_reader_make(&b->drainer);
    made += produce(b, made, MANY);
    cr_assert(consume(b, MANY / 2));
    rp_spill_reader_close(&b->drainer);
    cr_assert(rp_spill_reader_open(&b->drainer, -1));
    cr_assert(consume(b, UINT64_MAX));

    cr_assert(eq(u64, b->events, made));
    stop(b);
}

Test(spill, that_cannot_be_opened_by_the_next_one_is_told) {
    struct both *b = start(64 << 20);
    unsigned made = produce(b, 0, MANY);

    rp_spill_reader_make(&b->drainer);
    produce(b, made, MANY);
    rp_spill_reader_remove(&b->drainer);

    cr_assert(not(rp_spill_reader_open(&b->drainer, -1)));
    stop(b);
}
