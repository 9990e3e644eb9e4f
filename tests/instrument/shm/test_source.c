// test_source.c - tests instrument/shm/source.h: rings in memory that anybody
// may have written to.
#include "instrument/os/clock.h"
#include "instrument/shm/own.h"
#include "instrument/shm/record.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { CAPACITY = 64 };

static struct rp_shm shm;
static struct rp_shared *shared;

static void setup(void) {
    cr_assert(rp_shm_make_private(&shm, sizeof(struct rp_shared)));
    shared = rp_shared_of(&shm);
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    cr_assert(rp_own_make(&shm));
}

TestSuite(source, .init = setup);

static struct rp_ring *add_ring(uint32_t number) {
    size_t bytes = rp_ring_bytes(CAPACITY);
    uint64_t offset = rp_shm_take(&shm, bytes, bytes);
    struct rp_ring *ring =
        rp_ring_make(rp_shm_at(&shm, offset), CAPACITY, CAPACITY, number);

    ring->next = load_relaxed(&shared->rings);
    store_release(&shared->rings, offset); // release [ring list]
    return ring;
}

static void set_head(struct rp_ring *ring, uint64_t head) {
    store_release(&ring->head, head); // release [ring]: nothing
}

Test(source, has_the_head_that_its_ring_can_have) {
    struct rp_ring *ring = add_ring(1);
    struct rp_source *source = rp_own_rings(&shm);

    set_head(ring, CAPACITY);

    cr_assert(eq(u64, rp_source_head(source), CAPACITY));
    cr_assert(not(source->is_cut));
}

Test(source, is_cut_off_by_a_head_that_is_too_far_and_by_one_that_goes_back) {
    struct rp_ring *far = add_ring(1), *back = add_ring(2);
    struct rp_source *second = rp_own_rings(&shm), *first = second->next;

    set_head(far, CAPACITY + 1);
    set_head(back, 9);
    rp_source_head(second);
    set_head(back, 8);

    cr_assert(eq(u64, rp_source_head(first), 0));
    cr_assert(eq(u64, rp_source_head(second), 0));
    cr_assert(first->is_cut && second->is_cut);
    cr_assert(eq(u32, shm.own->sources.cut, 2));
}

Test(source, that_is_cut_off_gives_its_producer_room) {
    struct rp_ring *ring = add_ring(1);
    struct rp_source *source = rp_own_rings(&shm);

    set_head(ring, UINT64_MAX);
    rp_source_head(source);
    set_head(ring, 20);
    rp_source_head(source);

    cr_assert(eq(u64, load_relaxed(&ring->tail), 20));
}

static void put(struct rp_ring *ring, uint64_t at, unsigned type) {
    ring->slots[at].word[1] = rp_record_word(type, 0, 0);
}

Test(source, that_is_cut_off_loses_events_and_not_slots) {
    struct rp_ring *ring = add_ring(1);
    struct rp_source *source = rp_own_rings(&shm);
    put(ring, 0, TRACE_EVENT_FREE);
    put(ring, 1, TRACE_EVENT_ALLOC);
    put(ring, 3, TRACE_EVENT_SEGMENT_MAP);
    put(ring, 6, TRACE_EVENT_FREE);
    put(ring, 7, 200); // what comes then cannot be told

    set_head(ring, UINT64_MAX);
    rp_source_head(source);
    cr_assert(eq(u64, source->gone, 1));
    set_head(ring, 7);
    rp_source_head(source);
    cr_assert(eq(u64, source->gone, 4));
    set_head(ring, 7 + 7);
    rp_source_head(source);
    cr_assert(eq(u64, source->gone, 4 + 3));
}

Test(source, has_no_event_of_a_time_that_cannot_be) {
    struct rp_ring *ring = add_ring(1);
    struct rp_source *source = rp_own_rings(&shm);
    struct rp_sources *all = &shm.own->sources;
    uint64_t before = rp_clock_now(), hour = UINT64_C(3600) << 30;
    struct rp_record record;
    put(ring, 0, TRACE_EVENT_FREE);
    rp_sources_start(all, before - 1000, NULL);
    set_head(ring, 1);
    rp_source_head(source);

    cr_assert(eq(u64, rp_sources_ticks(all, before), before));
    cr_assert(eq(u64, rp_sources_ticks(all, before - 2000), before - 1000));
    cr_assert(eq(u64, rp_sources_ticks(all, before + hour), before - 1000));
    ring->slots[0].word[0] = UINT64_MAX / 3;
    cr_assert(eq(uint, rp_source_take(source, 0, 1, &record), 1));
    cr_assert(eq(u64, record.ticks, before - 1000));
}

Test(source, of_a_dead_process_has_no_later_event_when_it_is_read_later) {
    add_ring(1);
    struct rp_source *source = rp_own_rings(&shm);
    struct rp_sources *all = &shm.own->sources;

    rp_sources_start(all, 100, NULL);
    rp_sources_end(all, 50);
    set_head(source->ring, 1);
    rp_source_head(source);

    cr_assert(eq(u64, rp_sources_ticks(all, 150), 150));
    cr_assert(eq(u64, rp_sources_ticks(all, 151), 100));
    rp_sources_end(all, UINT64_MAX); // times are kept in parts of it
    cr_assert(lt(u64, all->since, UINT64_MAX / 16));
}

Test(source, has_told_no_more_losses_than_there_were) {
    static const struct {
        uint64_t lost, told, noted;
    } cases[] = {{7, 5, 5}, {7, 8, 0}, {UINT64_MAX, UINT64_MAX, 0}};

    for (uint32_t i = 0; i < 3; i++) {
        struct rp_ring *ring = add_ring(i + 1);
        store_relaxed(&ring->lost, cases[i].lost);
        ring->told_lost = cases[i].told;

        cr_assert(eq(u64, rp_own_rings(&shm)->notes.lost, cases[i].noted));
    }
}

Test(source, is_cut_off_by_a_capacity_that_is_none) {
    static const uint32_t bad[] = {0, 3, CAPACITY * 2, CAPACITY / 2};

    for (uint32_t i = 0; i < 4; i++) {
        struct rp_ring *ring = add_ring(i + 1);
        struct rp_source *source = rp_own_rings(&shm);
        store_relaxed(&ring->capacity, bad[i]);
        set_head(ring, 1);

        rp_source_head(source);

        cr_assert(source->is_cut, "%u", bad[i]);
    }
}

Test(source, is_not_what_lies_outside_of_the_memory_or_is_no_ring) {
    struct rp_source *good = (add_ring(1), rp_own_rings(&shm));
    static const uint64_t bad[] = {8, RP_SHM_PAGE + 8, UINT64_MAX - 4095,
                                   UINT64_C(1) << 40};

    for (unsigned i = 0; i < 4; i++) {
        shm.own->sources.is_cut = false;
        store_release(&shared->rings, bad[i]); // release [ring list]

        cr_assert(rp_own_rings(&shm) == good);
        cr_assert(shm.own->sources.is_cut);
    }
}

Test(source, comes_once_though_the_list_is_a_circle) {
    struct rp_ring *old = add_ring(1);
    add_ring(2);
    old->next = load_relaxed(&shared->rings);

    struct rp_source *newest = rp_own_rings(&shm);

    cr_assert(eq(u32, shm.own->sources.count, 2));
    cr_assert(newest->next->next == NULL);
    cr_assert(shm.own->sources.is_cut);
}

Test(source, is_asked_for_no_moment_that_is_yet_to_come) {
    struct rp_command *command = &shared->command;
    uint64_t ticks, now = rp_clock_now();
    shm.own->base_ticks = now;
    cr_assert(rp_command_put_moment(command));

    cr_assert(rp_own_is_moment(&shm, &ticks));
    cr_assert(eq(u64, ticks, command->ticks));
    command->ticks = now - 1;
    cr_assert(rp_own_is_moment(&shm, &ticks));
    cr_assert(ge(u64, ticks, now));
    command->ticks = UINT64_MAX / 2;
    cr_assert(rp_own_is_moment(&shm, &ticks));
    cr_assert(lt(u64, ticks - now, UINT64_C(1) << 40));
}

Test(source, takes_no_record_that_is_none_or_is_not_all_there) {
    struct rp_ring *ring = add_ring(1);
    struct rp_slots slots = rp_ring_slots(ring);
    struct rp_record record;
    uint64_t *word = &ring->slots[0].word[1];

    *word = rp_record_word(TRACE_EVENT_ALLOC, 0, 0);
    cr_assert(eq(uint, rp_record_take(&slots, 0, 2, &record), 2));
    cr_assert(eq(uint, rp_record_take(&slots, 0, 1, &record), 0));
    *word = rp_record_word(200, 0, 0);
    cr_assert(eq(uint, rp_record_take(&slots, 0, 3, &record), 0));
}

Test(source, knows_no_text_that_lies_outside_of_the_pool) {
    struct rp_pool pool = {&shm, &shared->names};
    uint32_t number;
    size_t bytes;
    void *piece = rp_pool_take(&pool, 100, &number);

    cr_assert(rp_pool_find(&pool, number, &bytes) == piece);
    cr_assert(rp_pool_find(&pool, 0, &bytes) == NULL);
    cr_assert(rp_pool_find(&pool, UINT64_MAX, &bytes) == NULL);
    cr_assert(rp_pool_find(&pool, RP_POOL_CHUNK_UNITS, &bytes) == NULL);
    store_relaxed(&shared->names.chunks[1], UINT64_C(1) << 40);
    cr_assert(rp_pool_find(&pool, RP_POOL_CHUNK_UNITS, &bytes) == NULL);
}
