// test_keyframes.c - a recording that goes on from a keyframe is what it would
// be had it been read from the start.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/heap_digest.h"
#include "tests/viewer/same_metrics.h"
#include "tests/viewer/sim_heap.h"
#include "viewer/index/keyframes.h"
#include "viewer/metric/free_pages.h"

enum { NO_LIMIT = 1 << 30 };

static struct trace_file file;
static struct trace_tables tables;
static struct keyframes keyframes;
static uint64_t *digests; // by how many events had come
static size_t event_count;

// A random program with gaps, snapshots and huge blocks.
static void open_recording(uint64_t seed, int steps) {
    static struct sim_heap sim;
    struct trace_builder b;
    struct failure failure;
    trace_builder_start(&b);
    sim_start(&sim, &b, seed);
    for (int i = 0; i < steps; i++) {
        sim_step(&sim);
        if (i % 90 == 89) {
            sim_unseen_step(&sim);
            sim_tell(&sim, (uint64_t)i);
        }
    }
    trace_builder_end(&b, 0);
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure));
    trace_tables_load(&tables, &file);
    sim_free(&sim);
    trace_builder_free(&b);
}

static void close_recording(void) {
    keyframes_free(&keyframes);
    trace_tables_free(&tables);
    trace_file_close(&file);
    free(digests);
    digests = NULL;
}

static void start(struct replay *replay, struct trace_order *order) {
    trace_order_open(order, &file);
    replay_start(replay, &tables, order->first_time, order->last_time);
}

static void end(struct replay *replay, struct trace_order *order) {
    replay_free(replay);
    trace_order_close(order);
}

// Replays up to so many events; further on than that the order is not used.
static void go_to(struct replay *replay, struct trace_order *order,
                  uint64_t events) {
    const struct trace_event *list;
    size_t count;
    while (replay->heap.events < events &&
           (list = trace_order_next(order, &count))) {
        uint64_t left = events - replay->heap.events;
        replay_events(replay, list, count < left ? count : (size_t)left);
    }
    replay_settle(replay);
}

// The heap at each event, by reading one after the other from the start.
static void read_digests(void) {
    struct replay replay;
    struct trace_order order;
    const struct trace_event *list;
    size_t count;
    start(&replay, &order);
    event_count = 0;
    while ((list = trace_order_next(&order, &count))) {
        digests = realloc(digests, (event_count + count + 1) * sizeof *digests);
        for (size_t i = 0; i < count; i++) {
            digests[event_count++] = heap_digest(&replay.heap);
            replay_events(&replay, &list[i], 1);
        }
        digests[event_count] = heap_digest(&replay.heap);
    }
    end(&replay, &order);
}

// Reads all, with a keyframe wherever there can be one every `distance` events.
static void take_keyframes(uint64_t distance, uint64_t budget) {
    struct replay replay;
    struct trace_order order;
    const struct trace_event *list;
    size_t count;
    start(&replay, &order);
    keyframes_start(&keyframes, NULL, distance, NULL);
    while ((list = trace_order_next(&order, &count))) {
        replay_events(&replay, list, count);
        if (keyframes_due(&keyframes, &replay.heap))
            keyframes_take(&keyframes, &replay, &order, budget);
    }
    end(&replay, &order);
}

// At how many events from the one of the first keyframe on, the heap is another
// when it is replayed from the keyframe before.
static size_t count_wrong(uint64_t first) {
    size_t wrong = 0;
    for (uint64_t at = first; at <= event_count; at++) {
        struct replay replay;
        struct trace_order order;
        const struct keyframe *before =
            keyframes_before(&keyframes, at, UINT64_MAX);
        cr_assert(ge(u64, before->events, first));
        start(&replay, &order);
        cr_assert(keyframes_return(&keyframes, before, &replay, &order));
        go_to(&replay, &order, at);
        wrong += heap_digest(&replay.heap) != digests[at];
        end(&replay, &order);
    }
    return wrong;
}

Test(keyframes, lead_to_the_heap_of_every_event, .timeout = 300) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        open_recording(seed, 300);
        read_digests();
        take_keyframes(64, NO_LIMIT);
        cr_expect(keyframes.count > 2);
        size_t wrong = count_wrong(keyframes.list[0].events);
        cr_expect(eq(sz, wrong, 0), "seed %d", (int)seed);
        close_recording();
    }
}

Test(keyframes, lead_to_what_all_metrics_knew, .timeout = 300) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        open_recording(seed, 200);
        take_keyframes(128, NO_LIMIT);
        for (size_t i = 0; i < keyframes.count; i += 3) {
            struct replay replay, straight;
            struct trace_order order, whole;
            uint64_t at = keyframes.list[i].events + 50 + seed;
            start(&replay, &order);
            cr_assert(keyframes_return(&keyframes, &keyframes.list[i], &replay,
                                       &order));
            start(&straight, &whole);
            go_to(&replay, &order, at);
            go_to(&straight, &whole, at);
            same_metrics(&straight.metrics, &replay.metrics);
            end(&replay, &order);
            end(&straight, &whole);
        }
        close_recording();
    }
}

struct free_pages {
    const struct heap *heap;
    size_t spans, wrong;
};

// What was written down of the span is what its slots say.
static void look_at_pages(struct span *span, void *context) {
    struct free_pages *seen = context;
    if (!span->saved)
        return;
    spans_unpack(&seen->heap->spans, span);
    seen->spans += span->free_pages > 0;
    seen->wrong += span->free_pages != free_pages_of(seen->heap, span);
}

Test(keyframes, know_the_free_pages_of_spans_whose_slots_nobody_reads) {
    size_t spans = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        open_recording(seed, 300);
        take_keyframes(64, NO_LIMIT);
        for (size_t i = 0; i < keyframes.count; i++) {
            struct replay replay;
            struct trace_order order;
            struct free_pages seen = {.heap = &replay.heap};
            start(&replay, &order);
            cr_assert(keyframes_return(&keyframes, &keyframes.list[i], &replay,
                                       &order));
            spans_each(&replay.heap.spans, look_at_pages, &seen);
            cr_expect(eq(sz, seen.wrong, 0), "seed %d", (int)seed);
            spans += seen.spans;
            end(&replay, &order);
        }
        close_recording();
    }
    cr_expect(gt(sz, spans, 100));
}

// Takes one beside the list, behind so many events or a few more.
static uint64_t take_aside(uint64_t events, uint64_t budget) {
    struct replay replay;
    struct trace_order order;
    const struct trace_event *list;
    size_t count;
    bool taken = false;
    start(&replay, &order);
    while (!taken && (list = trace_order_next(&order, &count))) {
        replay_events(&replay, list, count);
        taken = replay.heap.events >= events &&
                keyframes_take_aside(&keyframes, 1, &replay, &order, budget);
    }
    end(&replay, &order);
    return taken ? keyframes.aside[1].events : 0;
}

Test(keyframes, beside_the_list_lead_to_the_heap_of_every_event_behind_them) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        open_recording(seed, 300);
        read_digests();
        take_keyframes(512, NO_LIMIT);
        uint64_t first = take_aside(event_count / 2, NO_LIMIT);
        cr_assert(gt(u64, first, 0));
        size_t wrong = count_wrong(first);
        cr_expect(eq(sz, wrong, 0), "seed %d", (int)seed);
        close_recording();
    }
}

Test(keyframes, one_beside_the_list_is_for_what_comes_behind_it_and_goes) {
    open_recording(3, 300);
    take_keyframes(256, NO_LIMIT);
    const struct keyframe *list = keyframes.list;
    uint64_t first =
        take_aside((list[0].events + list[1].events) / 2, NO_LIMIT);
    cr_assert(gt(sz, keyframes.count, 1));
    cr_assert(lt(u64, first, list[1].events));
    struct keyframe *aside = &keyframes.aside[1];
    cr_assert(gt(u64, first, 0));

    cr_expect(keyframes_before(&keyframes, first, UINT64_MAX) == aside);
    cr_expect(keyframes_before(&keyframes, first - 1, UINT64_MAX) != aside);
    cr_expect(keyframes_before(&keyframes, first, aside->time - 1) != aside);
    keyframes_forget(&keyframes, aside->time + 1);
    cr_expect(keyframes_before(&keyframes, first, UINT64_MAX) == aside);
    keyframes_forget(&keyframes, aside->time);
    cr_expect(keyframes_before(&keyframes, first, UINT64_MAX) != aside);
    close_recording();
}

Test(keyframes, one_that_is_larger_than_it_may_be_leaves_nothing_behind) {
    open_recording(4, 300);
    take_keyframes(512, NO_LIMIT);
    uint64_t before = keyframes.store.size;
    uint64_t first = take_aside(600, NO_LIMIT);
    uint64_t cost = keyframes.store.size - before;
    keyframes_free(&keyframes);
    take_keyframes(512, NO_LIMIT);
    before = keyframes.store.size;

    cr_expect(eq(u64, take_aside(600, before + cost - cost / 10), 0));

    cr_assert(gt(u64, first, 600));
    cr_expect(eq(u64, keyframes.store.size, before));
    cr_expect(keyframes_before(&keyframes, first, UINT64_MAX) !=
              &keyframes.aside[1]);
    cr_expect(eq(u64, take_aside(600, NO_LIMIT), first));
    struct replay replay;
    struct trace_order order;
    start(&replay, &order);
    cr_expect(
        keyframes_return(&keyframes, &keyframes.aside[1], &replay, &order));
    end(&replay, &order);
    close_recording();
}

Test(keyframes, take_no_more_than_they_may) {
    open_recording(7, 400);
    take_keyframes(32, NO_LIMIT);
    uint64_t all = keyframes.store.size;
    size_t count = keyframes.count;
    keyframes_free(&keyframes);

    take_keyframes(32, all / 3 * 2);

    // By no more than the last one was larger than the one before it.
    cr_expect(le(u64, keyframes.store.size, all / 3 * 2 + all / 10));
    cr_expect(gt(sz, keyframes.count, 1));
    cr_expect(lt(sz, keyframes.count, count));
    close_recording();
}

Test(keyframes, there_is_none_where_not_even_one_has_room) {
    open_recording(8, 100);
    take_keyframes(32, 100);

    cr_expect(eq(sz, keyframes.count, 0));
    cr_expect(keyframes_before(&keyframes, UINT64_MAX, UINT64_MAX) == NULL);
    close_recording();
}

Test(keyframes, the_one_for_a_time_is_not_behind_it) {
    open_recording(9, 200);
    take_keyframes(64, NO_LIMIT);
    const struct keyframe *second = &keyframes.list[1];

    cr_expect(keyframes_before(&keyframes, UINT64_MAX, second->time) >= second);
    cr_expect(keyframes_before(&keyframes, UINT64_MAX, second->time - 1) <
              second);
    cr_expect(keyframes_before(&keyframes, second->events - 1, UINT64_MAX) ==
              &keyframes.list[0]);
    close_recording();
}
