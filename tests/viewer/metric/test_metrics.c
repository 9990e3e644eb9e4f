// test_metrics.c - metrics that go on from a keyframe know what those know that
// saw it all.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/metric/pins_over_time.h"
#include "viewer/metric/replay.h"
#include "viewer/trace/order.h"

// A heap whose changes are fed to those that saw it all, and from some event on
// to others, restored there.
struct twins {
    struct heap heap;
    struct change_log log;
    struct metrics whole, later;
    bool both;
};

static void feed(struct change_log *log, void *context) {
    struct twins *twins = context;
    metrics_feed(&twins->whole, log);
    if (twins->both)
        metrics_feed(&twins->later, log);
    log->count = log->kinds = 0;
}

static void part(struct twins *twins, uint64_t first, uint64_t last) {
    struct pack pack = {0};
    heap_flush(&twins->heap);
    metrics_settle(&twins->whole);
    metrics_save(&twins->whole, &pack);
    metrics_start(&twins->later, &twins->heap, first, last);
    cr_assert(metrics_restore(&twins->later, &pack));
    cr_expect(eq(sz, pack.read, pack.size));
    pack_free(&pack);
    twins->both = true;
}

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-6;
}

static void compare_sums(const struct sums *a, const struct sums *b) {
    cr_expect(memcmp(&a->now, &b->now, sizeof a->now) == 0);
    cr_expect(memcmp(&a->peaks, &b->peaks, sizeof a->peaks) == 0);
    cr_expect(memcmp(&a->weighted, &b->weighted, sizeof a->weighted) == 0);
    cr_expect(eq(u64, a->reallocations, b->reallocations));
    cr_expect(eq(u64, a->segments, b->segments));
    cr_assert(eq(sz, a->timeline.count, b->timeline.count));
    for (size_t i = 0; i < a->timeline.count; i++)
        cr_expect(memcmp(&a->timeline.steps[i], &b->timeline.steps[i],
                         sizeof *a->timeline.steps) == 0);
}

static void compare_stacks(const struct metrics *a, const struct metrics *b) {
    cr_assert(eq(sz, a->stacks.count, b->stacks.count));
    for (size_t i = 0; i < a->stacks.count; i++) {
        const struct stack_counts *x = &a->stacks.list[i];
        const struct stack_counts *y = &b->stacks.list[i];
        cr_expect(eq(u32, x->node, y->node));
        cr_expect(eq(u64, x->live_bytes, y->live_bytes));
        cr_expect(eq(u64, x->allocations, y->allocations));
        cr_expect(eq(u64, x->frees, y->frees));
        cr_expect(eq(u64, x->temporary, y->temporary));
        cr_expect(
            eq(u64, stacks_at_peak(x, &a->sums), stacks_at_peak(y, &b->sums)));
    }
}

static void compare_threads(const struct threads *a, const struct threads *b) {
    cr_assert(eq(sz, a->count, b->count));
    for (size_t i = 0; i < a->count; i++) {
        cr_expect(eq(u64, a->list[i].events, b->list[i].events));
        cr_expect(eq(u64, a->list[i].frees, b->list[i].frees));
        cr_expect(eq(u64, a->list[i].last_time, b->list[i].last_time));
    }
    cr_expect(eq(sz, a->heap_count, b->heap_count));
}

static void compare_pins(const struct metrics *a, const struct metrics *b) {
    double *x = calloc(a->stacks.count, sizeof *x);
    double *y = calloc(b->stacks.count, sizeof *y);
    pins_over_time_read(&a->pins_over_time, &a->context, x);
    pins_over_time_read(&b->pins_over_time, &b->context, y);
    for (size_t i = 0; i < a->stacks.count; i++)
        cr_expect(near(x[i], y[i]), "stack %d: %f, %f", (int)i, x[i], y[i]);
    free(x);
    free(y);
}

static void compare(const struct metrics *a, const struct metrics *b) {
    compare_sums(&a->sums, &b->sums);
    compare_stacks(a, b);
    compare_threads(&a->threads, &b->threads);
    compare_pins(a, b);
    cr_expect(memcmp(&a->classes, &b->classes, sizeof a->classes) == 0);
    cr_expect(eq(u64, a->contradictions.total, b->contradictions.total));
    cr_expect(eq(sz, a->notes.mark_count, b->notes.mark_count));
    cr_expect(eq(sz, a->snapshots.count, b->snapshots.count));
    cr_expect(eq(u64, a->walks.count, b->walks.count));
}

// Plays the trace and parts the twins after `after` events.
static void run(const char *path, uint64_t after) {
    static struct twins twins;
    const struct trace_event *events;
    struct heap_change changes[300];
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;
    struct failure failure;
    size_t count;

    memset(&twins, 0, sizeof twins);
    cr_assert(trace_file_open(&file, path, &failure), "%s", failure.text);
    trace_tables_load(&tables, &file);
    trace_order_open(&order, &file);
    twins.log = (struct change_log){
        .list = changes, .capacity = 300, .flush = feed, .context = &twins};
    apply_start(&twins.heap, &tables, order.first_time, &twins.log);
    metrics_start(&twins.whole, &twins.heap, order.first_time, order.last_time);
    while ((events = trace_order_next(&order, &count)))
        for (size_t i = 0; i < count; i++) {
            if (twins.heap.events == after)
                part(&twins, order.first_time, order.last_time);
            apply_events(&twins.heap, &events[i], 1);
        }
    apply_end(&twins.heap);
    cr_assert(twins.both, "fewer than %d events", (int)after);
    metrics_settle(&twins.whole);
    metrics_settle(&twins.later);
    metrics_end(&twins.whole);
    metrics_end(&twins.later);

    compare(&twins.whole, &twins.later);

    sums_check(&twins.later.sums, &twins.heap, true);
    cr_expect(eq(u64, twins.later.sums.check_failures, 0));
    metrics_free(&twins.whole);
    metrics_free(&twins.later);
    apply_free(&twins.heap);
    trace_order_close(&order);
    trace_tables_free(&tables);
    trace_file_close(&file);
}

Test(metrics, go_on_from_a_keyframe_as_if_nothing_had_been, .timeout = 300) {
    for (uint64_t seed = 1; seed <= 40; seed++) {
        static struct sim_heap sim;
        struct trace_builder b;
        trace_builder_start(&b);
        sim_start(&sim, &b, seed);
        for (int i = 0; i < 200; i++) {
            sim_step(&sim);
            if (i % 70 == 69) {
                sim_unseen_step(&sim);
                sim_tell(&sim, (uint64_t)i);
            }
        }
        BUILD(&b, 1, sim.time, MARK, 0);
        trace_builder_end(&b, 0);

        run(trace_builder_save(&b), 1 + seed * 7);

        sim_free(&sim);
        trace_builder_free(&b);
    }
}
