// test_moments.c - one analysis answers for many moments, in any order, and as
// if the trace had been read for each.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/output/report.h"

enum { STEPS = 15000, MOMENTS = 12 };

static struct failure failure;

// A recording with room for some keyframes.
static const char *record(uint64_t seed, int steps) {
    static struct sim_heap sim;
    static struct trace_builder b;
    trace_builder_start(&b);
    b.block_events = 3000;
    sim_start(&sim, &b, seed);
    for (int i = 0; i < steps; i++)
        sim_step(&sim);
    trace_builder_end(&b, 0);
    const char *path = trace_builder_save(&b);
    sim_free(&sim);
    trace_builder_free(&b);
    return path;
}

static struct analysis *open_trace(const char *path, bool revisits) {
    struct analyse_options options = {.revisits = revisits,
                                      .keyframe_events = 2000};
    struct analysis *analysis = analysis_open(path, &options, &failure);
    cr_assert(analysis != NULL, "%s", failure.text);
    return analysis;
}

// The report of the moment as JSON; malloced.
static char *report_at(struct analysis *analysis,
                       const struct analyse_options *options) {
    char *text = NULL;
    size_t size;
    struct answer *a = analyse_moment(analysis, options, &failure);
    cr_assert(a != NULL, "%s", failure.text);
    FILE *out = open_memstream(&text, &size);
    report_json(a, NULL, out);
    fclose(out);
    answer_free(a);
    return text;
}

Test(moments, are_the_same_from_a_keyframe_as_from_the_start, .timeout = 600) {
    const char *path = record(3, STEPS);
    struct analysis *quick = open_trace(path, true);
    struct analysis *slow = open_trace(path, false);
    uint64_t events = slow->whole.heap.events, random = 99;
    cr_expect(gt(sz, quick->keyframes.count, 3));
    cr_expect(slow->keyframes.count == 0);

    for (int i = 0; i < MOMENTS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct analyse_options options = {.at = AT_EVENT,
                                          .at_event = (random >> 20) % events};
        if (i == MOMENTS - 1)
            options.at = AT_PEAK_HELD;
        char *expected = report_at(slow, &options);
        char *got = report_at(quick, &options);
        cr_expect(strcmp(got, expected) == 0, "event %llu",
                  (unsigned long long)options.at_event);
        free(expected);
        free(got);
    }

    analysis_close(quick);
    analysis_close(slow);
}

Test(moments, answers_of_two_are_there_at_once) {
    struct analysis *analysis = open_trace(record(4, STEPS), true);
    struct analyse_options early = {.at = AT_EVENT, .at_event = 1000};
    struct analyse_options late = {.at = AT_EVENT, .at_event = 15000};

    struct answer *first = analyse_moment(analysis, &early, &failure);
    struct answer *second = analyse_moment(analysis, &late, &failure);
    struct answer *end = analyse_moment(analysis, NULL, &failure);

    cr_expect(eq(u64, first->now.event, 1000));
    cr_expect(eq(u64, second->now.event, 15000));
    cr_expect(eq(u64, end->now.event, end->events));
    cr_expect(eq(u64, first->events, end->events));
    answer_free(first);
    cr_expect(gt(sz, second->span_count, 0));
    answer_free(end);
    answer_free(second);
    analysis_close(analysis);
}

static bool stop(void *context, double done) {
    (void)context;
    (void)done;
    return false;
}

Test(moments, a_reading_that_was_ended_is_not_whole) {
    struct analyse_options options = {.revisits = true, .progress = stop};

    struct analysis *analysis =
        analysis_open(record(5, 4 * STEPS), &options, &failure);

    cr_assert(analysis != NULL);
    cr_expect(not(analysis_is_whole(analysis)));
    struct answer *a = analyse_moment(analysis, &options, &failure);
    cr_expect(lt(u64, a->now.event, 70000));
    answer_free(a);
    analysis_close(analysis);
}

// What an answer of what was read by then said.
struct early {
    struct moment now;
    size_t spans, sites;
    double share;
};
static struct early early[8];
static size_t early_count;

static void look(void *context, struct analysis *analysis) {
    const struct analyse_options options = {.at = AT_END};
    (void)context;
    if (early_count == 8)
        return;
    struct answer *a = analyse_moment(analysis, &options, &failure);
    cr_assert(a != NULL, "%s", failure.text);
    early[early_count++] =
        (struct early){a->now, a->span_count, a->site_count, a->unread_share};
    answer_free(a);
}

static bool go_on(void *context, double done) {
    (void)context;
    (void)done;
    return true;
}

Test(moments, of_what_was_read_by_now_are_true_and_the_reading_goes_on,
     .timeout = 300) {
    const char *path = record(7, 4 * STEPS);
    struct analysis *plain = open_trace(path, true);
    struct analyse_options options = {.revisits = true,
                                      .keyframe_events = 2000,
                                      .progress = go_on,
                                      .look = look};

    struct analysis *looked = analysis_open(path, &options, &failure);

    cr_assert(looked != NULL && early_count > 0);
    for (size_t i = 0; i < early_count; i++) {
        options.at = AT_EVENT;
        options.at_event = early[i].now.event;
        struct answer *a = analyse_moment(plain, &options, &failure);
        cr_expect(memcmp(&a->now, &early[i].now, sizeof a->now) == 0);
        cr_expect(eq(sz, a->span_count, early[i].spans));
        cr_expect(eq(sz, a->site_count, early[i].sites));
        cr_expect(early[i].share > 0 && early[i].share < 1);
        answer_free(a);
    }
    options = (struct analyse_options){.at = AT_PEAK_USED};
    char *expected = report_at(plain, &options);
    char *got = report_at(looked, &options);
    cr_expect(strcmp(got, expected) == 0);
    free(expected);
    free(got);
    analysis_close(looked);
    analysis_close(plain);
}

// The least and the most that was held from one time to another (steps since
// the start), by looking at every event.
static void look_at_every_event(struct analysis *analysis, uint64_t from,
                                uint64_t to, int64_t *least, int64_t *most) {
    static struct replay replay;
    struct trace_order order;
    const struct trace_event *events;
    size_t count;
    trace_order_open(&order, &analysis->file);
    replay_start(&replay, &analysis->tables, order.first_time, order.last_time);
    const struct heap *heap = &replay.heap;
    *most = -1;
    int64_t before = 0;
    *least = 0;
    while ((events = trace_order_next(&order, &count)) && heap->time <= to)
        for (size_t i = 0; i < count; i++) {
            before = (int64_t)heap->held;
            replay_events(&replay, &events[i], 1);
            int64_t held = (int64_t)heap->held;
            if (heap->time <= from || heap->time > to)
                continue;
            if (*most < 0)
                *least = *most = before; // as the part begins
            *least = held < *least ? held : *least;
            *most = held > *most ? held : *most;
        }
    replay_free(&replay);
    trace_order_close(&order);
}

Test(moments, a_part_of_the_time_has_its_least_and_its_most, .timeout = 600) {
    struct analysis *analysis = open_trace(record(6, STEPS), true);
    uint64_t all = analysis->whole.heap.time;

    for (uint64_t k = 4; k < 9; k += 4) {
        uint64_t from = all / 11 * k, to = from + all / (40 * k);
        struct analyse_options options = {
            .from_ns = heap_ns(&analysis->whole.heap, from),
            .to_ns = heap_ns(&analysis->whole.heap, to)};
        struct answer *a = analyse_moment(analysis, &options, &failure);
        int64_t least, most;
        look_at_every_event(analysis, from, to, &least, &most);

        cr_expect(gt(sz, a->part_count, 10));
        uint64_t held_min = UINT64_MAX, held_max = 0;
        for (size_t i = 0; i < a->part_count; i++) {
            const struct timeline_point *p = &a->part_points[i];
            held_min = p->held_min < held_min ? p->held_min : held_min;
            held_max = p->held_max > held_max ? p->held_max : held_max;
            cr_expect(i == 0 || p->time_ns >= a->part_points[i - 1].time_ns);
        }
        cr_expect(eq(u64, held_min, (uint64_t)least));
        cr_expect(eq(u64, held_max, (uint64_t)most));
        answer_free(a);
    }
    analysis_close(analysis);
}
