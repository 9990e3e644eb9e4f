// test_trace_writer.c - tests instrument/write/trace_writer.c: what two writers
// of the same rings note.
#include "instrument/write/trace_writer.h"

#include "instrument/os/clock.h"
#include "instrument/os/system.h"
#include "instrument/write/threads.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CAPACITY = 64 };

static struct rp_shm shm;
static struct rp_shared *shared;
static struct rp_trace_writer first, second;

static struct rp_source *add_ring(uint32_t number) {
    size_t bytes = rp_ring_bytes(CAPACITY);
    uint64_t offset = rp_shm_take(&shm, bytes, bytes);
    struct rp_ring *ring =
        rp_ring_make(rp_shm_at(&shm, offset), CAPACITY, CAPACITY, number);

    ring->next = load_relaxed(&shared->rings);
    store_relaxed(&shared->ring_count, number);
    store_release(&shared->rings, offset); // release [ring list]
    return rp_own_rings(&shm);
}

static int make_file(void) {
    return fileno(tmpfile());
}

static void setup(void) {
    rp_clock_start();
    cr_assert(rp_shm_make_private(&shm, sizeof(struct rp_shared)));
    shared = rp_shared_of(&shm);
    shared->layout = rp_layout();
    for (uint32_t i = 0; i < shared->layout.class_count; i++)
        shared->classes[i] = rp_class(i);
    shared->base_ticks = rp_clock_now();
    shared->base_ns = rp_clock_monotonic();
    shared->stacks = rp_tree_make(&shm);
    shared->process = rp_system_process();
    cr_assert(rp_own_make(&shm));
    cr_assert(rp_trace_writer_start(&first, &shm, make_file(), 0, 0));
    rp_trace_writer_calibrate(&first);
}

TestSuite(trace_writer, .init = setup);

static void start_second(void) {
    cr_assert(rp_trace_writer_start_second(&second, &shm, make_file()));
}

Test(trace_writer, goes_on_from_what_the_one_before_has_noted) {
    struct rp_trace_writer next = {.goes_on = false};
    rp_trace_writer_tell(&first, TRACE_EVENT_LOST, 1, 0);
    uint32_t text = rp_tables_text(&first.tables, "one", 3);

    cr_assert(rp_trace_writer_start(&next, &shm, make_file(), 100, 1));

    cr_assert(next.goes_on);
    cr_assert(eq(u64, next.notes->own_sequence, 1));
    cr_assert(eq(u32, rp_tables_text(&next.tables, "two", 3), text + 1));
}

Test(trace_writer, beside_another_leaves_its_notes_alone) {
    struct rp_source *ring = add_ring(1);
    rp_trace_writer_tell(&first, TRACE_EVENT_LOST, 1, 0);
    rp_trace_writer_count(&first, ring, 5);
    store_relaxed(&ring->ring->lost, 3);
    start_second();

    rp_trace_writer_tell(&second, TRACE_EVENT_LOST, 1, 0);
    rp_trace_writer_tell(&second, TRACE_EVENT_LOST, 1, 0);
    rp_trace_writer_count(&second, ring, 7);
    rp_tables_text(&second.tables, "text", 4);
    rp_threads_tell(&second, false);

    cr_assert(eq(u64, shm.own->notes.own_sequence, 1));
    cr_assert(eq(u32, shm.own->notes.texts, 0));
    cr_assert(eq(u64, ring->notes.lost, 0));
    cr_assert(eq(u64, rp_trace_writer_sequence(&first, ring), 5));
    cr_assert(eq(u64, rp_ring_mark(ring->ring).sequence, 5));
    cr_assert(eq(u64, second.notes->own_sequence, 3));
    cr_assert(eq(u64, rp_trace_writer_notes(&second, ring)->lost, 3));
    cr_assert(eq(u64, rp_trace_writer_sequence(&second, ring), 7));
}

Test(trace_writer, beside_another_knows_the_rings_that_there_were) {
    struct rp_source *old = add_ring(1);
    start_second();
    struct rp_source *young = add_ring(2);

    cr_assert(rp_trace_writer_rings(&first) == young);
    cr_assert(young->next == old);
    cr_assert(rp_trace_writer_rings(&second) == old);
    cr_assert(old->next == NULL);
}

Test(trace_writer, never_puts_an_event_before_the_one_before) {
    uint64_t base = shared->base_ticks, step = UINT64_C(1) << first.shift;

    uint64_t a = rp_trace_writer_time(&first, base + 10 * step, false, 0);
    uint64_t b = rp_trace_writer_time(&first, base + 5 * step, false, a);
    uint64_t c = rp_trace_writer_time(&first, base + 20 * step, true, b);

    cr_assert(eq(u64, a, 10));
    cr_assert(eq(u64, b, 10));
    cr_assert(eq(u64, c, 21));
}

Test(trace_writer, gives_a_wild_time_to_no_event_and_to_none_after_it) {
    uint64_t base = shared->base_ticks, step = UINT64_C(1) << first.shift;

    uint64_t a = rp_trace_writer_time(&first, base + 10 * step, false, 0);
    uint64_t b =
        rp_trace_writer_time(&first, base + (UINT64_C(1) << 62), false, a);
    uint64_t c = rp_trace_writer_time(&first, base + 20 * step, false, b);

    cr_assert(eq(u64, a, 10));
    cr_assert(eq(u64, b, 10));
    cr_assert(eq(u64, c, 20));
    cr_assert(eq(u32, shm.own->refused, 1));
}

Test(trace_writer, cuts_off_a_ring_that_has_lost_what_nobody_can_lose) {
    struct rp_source *ring = add_ring(1);
    store_relaxed(&ring->ring->lost, 3);
    rp_threads_tell(&first, false);
    store_relaxed(&ring->ring->lost, UINT64_MAX / 2);

    rp_threads_tell(&first, false);

    cr_assert(ring->is_cut);
    cr_assert(eq(u64, ring->notes.lost, 3));
}

Test(trace_writer, keeps_space_for_the_end) {
    cr_assert(rp_trace_writer_has_space(&first));
    shm.own->limit = 512 << 10;

    cr_assert(rp_trace_writer_slots(&first) > 100000);
    cr_assert(rp_trace_writer_slots(&first) < (512 << 10) / 3);
    first.file.bytes = 505 << 10;
    cr_assert(not(rp_trace_writer_has_space(&first)));
}
