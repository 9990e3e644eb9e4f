// test_twins.c - metrics against twins that keep every change and count by the
// plainest means.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/metric/new_class.h"
#include "viewer/metric/replay.h"
#include "viewer/metric/stranded.h"
#include "viewer/trace/order.h"

enum { CHANGES = 1 << 17, STRETCH = 64001 };

// All changes of a recording, and the metrics behind them.
static struct heap_change *all;
static size_t count;
static struct heap heap;
static struct metrics metrics;
static struct change_log change_log;
static struct trace_file file;
static struct trace_tables tables;
static struct sim_heap sim;
static struct trace_builder b;

static void feed(struct change_log *log, void *context) {
    (void)context;
    cr_assert(count + log->count <= CHANGES);
    memcpy(all + count, log->list, log->count * sizeof *all);
    count += log->count;
    metrics_feed(&metrics, log);
    log->count = log->kinds = 0;
}

// Plays what was built, with so much room for changes.
static void play(size_t room) {
    static struct heap_change changes[600];
    const struct trace_event *events;
    struct trace_order order;
    struct failure failure;
    size_t got;
    // Instants are looked at long times apart.
    for (size_t i = 0; i < b.event_count; i++)
        b.events[i].time *= STRETCH;
    trace_builder_end(&b, 0);
    cr_assert(trace_file_open(&file, trace_builder_save(&b), &failure), "%s",
              failure.text);
    trace_tables_load(&tables, &file);
    trace_order_open(&order, &file);
    all = malloc(CHANGES * sizeof *all);
    count = 0;
    change_log =
        (struct change_log){.list = changes, .capacity = room, .flush = feed};
    apply_start(&heap, &tables, order.first_time, &change_log);
    metrics_start(&metrics, &heap, order.first_time, order.last_time);
    while ((events = trace_order_next(&order, &got)))
        apply_events(&heap, events, got);
    apply_end(&heap);
    metrics_settle(&metrics);
    trace_order_close(&order);
}

// A random program; `marks`: how often there is a mark, 0: never.
static void run(uint64_t seed, int steps, uint64_t marks) {
    trace_builder_start(&b);
    trace_builder_text(&b, 7, "frame");
    sim_start(&sim, &b, seed);
    for (int i = 0; i < steps; i++) {
        if (marks > 0 && (uint64_t)i % marks == 0)
            BUILD(&b, 1, sim.time, MARK, 7);
        sim_step(&sim);
    }
    play(1 + seed * 17 % 599);
}

static void finish(void) {
    metrics_free(&metrics);
    apply_free(&heap);
    trace_tables_free(&tables);
    trace_file_close(&file);
    sim_free(&sim);
    trace_builder_free(&b);
    free(all);
}

static bool counts(const struct heap_change *change, enum change_kind kind) {
    return change->kind == kind && change->flags & CHANGE_COUNTS;
}

Test(twins, lifetimes) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t bins[SIM_SITES + 2][LIFETIME_BINS] = {{0}};
        uint64_t classes[CLASSES][LIFETIME_BINS] = {{0}};
        run(seed, 600, 0);
        for (size_t i = 0; i < count; i++) {
            if (!counts(&all[i], CHANGE_DIED))
                continue;
            size_t bin = 0;
            for (uint64_t age = all[i].time - all[i].birth; age >= 4; age /= 4)
                bin++;
            size_t stack = stacks_find(&metrics.stacks, all[i].stack);
            cr_assert(stack < SIM_SITES + 2);
            bins[stack][bin]++;
            classes[all[i].class_index][bin]++;
        }

        for (size_t s = 0; s < metrics.stacks.count; s++)
            for (size_t i = 0; i < LIFETIME_BINS; i++) {
                const struct lifetime_bins *of =
                    lifetimes_of(&metrics.lifetimes, s);
                cr_expect(eq(u64, of ? of->count[i] : 0, bins[s][i]));
            }
        for (size_t c = 0; c < CLASSES; c++)
            for (size_t i = 0; i < LIFETIME_BINS; i++)
                cr_expect(
                    eq(u64, metrics.lifetimes.classes[c][i], classes[c][i]));
        finish();
    }
}

static int compare_ages(const void *left, const void *right) {
    double a = fabs(*(const double *)left), b_ = fabs(*(const double *)right);
    return (a > b_) - (a < b_);
}

// As Kaplan and Meier: each death alone; a negative age is of one that lives.
static bool plain_quantile(double *ages, size_t number, double part,
                           double *age) {
    double alive = 1;
    qsort(ages, number, sizeof *ages, compare_ages);
    for (size_t i = 0; i < number; i++) {
        if (ages[i] < 0)
            continue;
        alive *= 1 - 1 / (double)(number - i);
        if (alive <= 1 - part) {
            *age = ages[i];
            return true;
        }
    }
    return false;
}

Test(twins, quantiles_of_lifetimes_with_blocks_that_live_yet) {
    enum { BLOCKS = 2000 };
    static double ages[BLOCKS];
    srand48(5);
    for (int round = 0; round < 200; round++) {
        struct lifetime_bins died = {{0}}, living = {{0}};
        double scale = exp2(4 + round % 30), censored = drand48();
        for (int i = 0; i < BLOCKS; i++) {
            double age = -log(1 - drand48()) * scale + 1;
            bool lives = drand48() < censored;
            struct lifetime_bins *bins = lives ? &living : &died;
            bins->count[lifetimes_bin((uint64_t)age)]++;
            ages[i] = lives ? -age : age;
        }
        for (double part = 0.25; part < 1; part += 0.25) {
            double found = 0, expected = 0;
            bool is = lifetimes_quantile(&died, &living, part, &found);
            bool should = plain_quantile(ages, BLOCKS, part, &expected);
            // Where most live yet, a few deaths decide; and at the very end
            // one block more or less.
            double times = censored < 0.5 ? 4 : 16;
            if (is && should)
                cr_expect(found < expected * times && found > expected / times,
                          "%f, expected %f", found, expected);
            else
                cr_expect(is == should || censored > 0.3);
        }
    }
}

Test(twins, what_was_live_at_instants) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        run(seed, 600, 0);
        const struct series *series = &metrics.series;

        cr_assert(series->count >= SERIES_INSTANTS / 2, "%d", series->count);
        for (uint32_t i = 0; i < series->count; i++)
            for (size_t s = 0; s < metrics.stacks.count; s++) {
                int64_t live = 0;
                for (size_t k = 0; k < count; k++) {
                    const struct heap_change *c = &all[k];
                    bool born = c->kind == CHANGE_BORN;
                    if ((born || c->kind == CHANGE_DIED) &&
                        c->time < series_time(series, i) &&
                        stacks_find(&metrics.stacks, c->stack) == s)
                        live += born ? (int64_t)c->wanted : -(int64_t)c->wanted;
                }
                double known = series_live(series, i, s);
                cr_expect(fabs(known - (double)live) <=
                              1 + fabs((double)live) * 1e-6,
                          "instant %d, stack %d: %f, expected %d", i, (int)s,
                          known, (int)live);
            }
        finish();
    }
}

Test(twins, last_stacks_at_the_peak) {
    for (uint64_t seed = 1; seed <= 30; seed++) {
        run(seed, 500, 0);
        uint64_t peak = metrics.sums.peaks.held.event;
        cr_assert(metrics.last_stacks.count > 1);

        for (size_t r = 0; r < metrics.last_stacks.count; r++) {
            const struct last_stack *found =
                last_stacks_at_peak(&metrics.last_stacks, r, &metrics.sums);
            const struct heap_change *expected = NULL;
            for (size_t i = 0; i < count; i++)
                if (counts(&all[i], CHANGE_BORN) && all[i].event <= peak &&
                    all[i].ring == found->ring)
                    expected = &all[i];
            cr_expect(eq(u64, found->event, expected ? expected->event : 0));
            if (expected)
                cr_expect(eq(u32, found->stack, expected->stack));
        }
        finish();
    }
}

Test(twins, where_spans_came_from) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        uint64_t from[5] = {0}, to[5] = {0}, found_from[5] = {0},
                 found_to[5] = {0};
        run(seed, 800, 0);
        for (size_t i = 0; i < count; i++) {
            if (all[i].kind != CHANGE_SPAN)
                continue;
            const struct span_use *before = &all[i].from, *after = &all[i].to;
            if (after->place == SPAN_IN_HEAP && before->place < SPAN_IN_HEAP)
                from[before->place]++;
            if (before->place == SPAN_IN_HEAP && after->place < SPAN_IN_HEAP)
                to[after->place]++;
        }

        for (size_t c = 0; c < CLASSES; c++) {
            const struct span_source *s = &metrics.span_sources.classes[c];
            found_from[SPAN_IN_SEGMENT] += s->from_segment;
            found_from[SPAN_IN_GLOBAL] += s->from_global_cache;
            found_from[SPAN_IN_THREAD] += s->from_thread_cache;
            found_to[SPAN_IN_SEGMENT] += s->to_segment;
            found_to[SPAN_IN_GLOBAL] += s->to_global_cache;
            found_to[SPAN_IN_THREAD] += s->to_thread_cache;
        }
        cr_expect(memcmp(from, found_from, sizeof from) == 0);
        cr_expect(memcmp(to, found_to, sizeof to) == 0);
        cr_expect(gt(u64, from[SPAN_IN_SEGMENT], 0));
        finish();
    }
}

static const uint32_t class_blocks[] = {64, 16, 4088};
static const uint32_t class_bytes[] = {1000, 4000, 16};

Test(twins, spans_that_heaps_do_not_share) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct stranded found;
        run(seed, 700, 0);

        stranded_compute(&found, &heap, NULL);

        for (int class = 0; class < 3; class ++) {
            uint64_t spans = 0, apart = 0, live_of_all = 0, heaps = 0;
            for (int h = 0; h < SIM_HEAPS; h++) {
                uint64_t live = 0, own = 0;
                for (int i = 0; i < SIM_SPANS; i++) {
                    const struct sim_span *span = &sim.spans[i];
                    if (!sim.mapped[i / 64] ||
                        span->place != TRACE_PLACE_ORPHAN ||
                        span->class != class || span->heap != h)
                        continue;
                    own++;
                    for (uint32_t k = 0; k < span->count; k++)
                        live += span->blocks[k].live;
                }
                spans += own;
                heaps += own > 0;
                live_of_all += live;
                apart += (live + class_blocks[class] - 1) / class_blocks[class];
            }
            const struct stranded_class *c = &found.classes[class];
            cr_expect(eq(u64, c->spans, spans));
            cr_expect(eq(u64, c->heaps, heaps));
            cr_expect(eq(u64, c->apart, apart));
            cr_expect(eq(u64, c->together,
                         (live_of_all + class_blocks[class] - 1) /
                             class_blocks[class]));
        }
        finish();
    }
}

// Saved when there were a class of this size.
static uint64_t saved_by(uint32_t size, int class) {
    static const uint32_t below[] = {16, 1000, 0};
    uint64_t saved = 0;
    for (int i = 0; i < SIM_SPANS; i++) {
        const struct sim_span *span = &sim.spans[i];
        if (!sim.mapped[i / 64] || span->place != TRACE_PLACE_ORPHAN ||
            span->class != class)
            continue;
        for (uint32_t k = 0; k < span->count; k++)
            if (span->blocks[k].live && span->blocks[k].wanted <= size &&
                span->blocks[k].wanted > below[class] / 16 * 16)
                saved += class_bytes[class] - size;
    }
    return saved;
}

Test(twins, the_class_that_is_missing) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct new_classes found;
        run(seed, 700, 0);

        new_classes_compute(&found, &heap, NULL);

        for (int class = 0; class < 3; class ++) {
            uint64_t best = 0;
            for (uint32_t size = 16; size < class_bytes[class]; size += 16)
                if (size > (class == 0   ? 16
                            : class == 1 ? 1000
                                         : 0) &&
                    saved_by(size, class) > best)
                    best = saved_by(size, class);
            const struct new_class *c = &found.classes[class];
            cr_expect(eq(u64, c->saved, best));
            if (best > 0)
                cr_expect(eq(u64, saved_by(c->size, class), best));
        }
        finish();
    }
}

static int compare_numbers(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b_ = *(const uint64_t *)right;
    return (a > b_) - (a < b_);
}

// The series with the most frames.
static size_t longest_series(void) {
    size_t best = 0;
    for (size_t i = 1; i < metrics.frames.count; i++)
        if (metrics.frames.list[i].frames > metrics.frames.list[best].frames)
            best = i;
    return best;
}

Test(twins, frames) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static uint64_t allocations[1000];
        size_t frames = 0;
        bool marked = false;
        memset(allocations, 0, sizeof allocations);
        run(seed, 600, 1 + seed % 7);
        cr_assert(metrics.frames.count > 0);
        size_t series = longest_series();
        const struct frame_series *of = &metrics.frames.list[series];
        for (size_t i = 0; i < count && frames < of->frames; i++) {
            if (all[i].kind == CHANGE_NOTE && all[i].part == TRACE_EVENT_MARK &&
                all[i].time >= of->first && all[i].value[0] == of->text) {
                frames += marked;
                marked = true;
            } else if (marked) {
                allocations[frames] += counts(&all[i], CHANGE_BORN);
            }
        }
        cr_assert(eq(u64, frames, of->frames));
        qsort(allocations, frames, sizeof *allocations, compare_numbers);

        for (double part = 0.5; part < 1; part += 0.49) {
            size_t place = (size_t)ceil(part * (double)frames) - 1;
            uint64_t found = frames_quantile(
                &metrics.frames.spreads[series]->allocations, part);
            cr_expect(found >= allocations[place] &&
                          found <= allocations[place] * 9 / 8 + 1,
                      "%d, expected %d", (int)found, (int)allocations[place]);
        }
        finish();
    }
}

// One block that grows: in its place, and twice to another one.
Test(twins, reallocations) {
    trace_builder_start(&b);
    sim_start(&sim, &b, 1);
    uint32_t stack = sim.nodes[2];
    BUILD(&b, 1, 1000, SEGMENT_MAP, 0, 0x10000, 64 * 65536 + 512, 0x10200, 64);
    BUILD(&b, 1, 1001, SPAN_ACQUIRE, 5, 1, 0, 1, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 1002, ALLOC, stack, 100, 5, 0);
    BUILD(&b, 1, 1003, RESIZE, stack, 3000, 5, 0);
    BUILD(&b, 1, 1004, REALLOC, stack, 3500, 5, 1);
    BUILD(&b, 1, 1005, FREE, 5, 0);
    BUILD(&b, 1, 1006, REALLOC, stack, 3600, 5, 2);
    BUILD(&b, 1, 1007, FREE, 5, 1);
    play(7);

    cr_assert(eq(sz, metrics.reallocs.count, 1));
    cr_expect(eq(u32, metrics.reallocs.list[0].stack, stack));
    cr_expect(eq(u64, metrics.reallocs.list[0].in_place, 1));
    cr_expect(eq(u64, metrics.reallocs.list[0].moved, 2));
    cr_expect(eq(u64, metrics.reallocs.list[0].moved_bytes, 7100));
    finish();
}

// ---- a trend ----

Test(trend, a_steady_rise_is_found_beside_what_jumps) {
    double values[16];
    struct trend trend;
    for (int i = 0; i < 16; i++)
        values[i] = 1000 + 50 * i + (i == 9 ? 5000 : 0);

    cr_assert(series_trend(values, 16, &trend));

    cr_expect(eq(dbl, trend.slope, 50));
    cr_expect(eq(dbl, trend.to, 1750));
}

Test(trend, what_stays_goes_up_and_down_or_falls_is_none) {
    double values[3][16];
    struct trend trend;
    for (int i = 0; i < 16; i++) {
        values[0][i] = 1000;
        values[1][i] = i % 2 ? 2000 : 1000;
        values[2][i] = 1000 - i;
    }

    for (int k = 0; k < 3; k++)
        cr_expect(not(series_trend(values[k], 16, &trend)));
    for (int i = 0; i < 16; i++)
        values[0][i] = i;
    cr_expect(not(series_trend(values[0], 7, &trend)));
}
