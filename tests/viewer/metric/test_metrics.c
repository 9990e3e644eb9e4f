// test_metrics.c - metrics that go on from a keyframe know what those know that
// saw it all.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/same_metrics.h"
#include "tests/viewer/sim_heap.h"
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

    same_metrics(&twins.whole, &twins.later);

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
