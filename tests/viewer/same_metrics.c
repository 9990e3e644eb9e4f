// same_metrics.c - two sets of metrics know the same.
#include "tests/viewer/same_metrics.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/metric/pins_over_time.h"

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

static void compare_tags(const struct tags *a, const struct tags *b) {
    cr_assert(eq(sz, a->count, b->count));
    for (size_t i = 0; i < a->count; i++)
        cr_expect(memcmp(&a->list[i], &b->list[i], sizeof *a->list) == 0,
                  "tag %d: %d, %d live", (int)i, (int)a->list[i].live_blocks,
                  (int)b->list[i].live_blocks);
    cr_expect(eq(sz, a->stacks.count, b->stacks.count));
}

static void compare_frames(const struct frames *a, const struct frames *b) {
    cr_assert(eq(sz, a->count, b->count));
    for (size_t i = 0; i < a->count; i++)
        cr_expect(memcmp(&a->list[i], &b->list[i], sizeof *a->list) == 0 &&
                  memcmp(a->spreads[i], b->spreads[i], sizeof **a->spreads) ==
                      0);
}

static void compare_frees(const struct frees *a, const struct frees *b) {
    cr_assert(eq(sz, a->count, b->count));
    for (size_t i = 0; i < a->count; i++)
        cr_expect(memcmp(&a->list[i], &b->list[i], sizeof *a->list) == 0);
}

static void compare_lifetimes(const struct metrics *a,
                              const struct metrics *b) {
    for (size_t i = 0; i < a->stacks.count; i++)
        for (int j = 0; j < LIFETIME_BINS; j++) {
            const struct lifetime_bins *x = lifetimes_of(&a->lifetimes, i);
            const struct lifetime_bins *y = lifetimes_of(&b->lifetimes, i);
            cr_expect(eq(u32, x ? x->count[j] : 0, y ? y->count[j] : 0));
        }
    cr_expect(memcmp(a->lifetimes.classes, b->lifetimes.classes,
                     sizeof a->lifetimes.classes) == 0);
}

static void compare_series(const struct metrics *a, const struct metrics *b) {
    cr_assert(eq(u32, a->series.count, b->series.count));
    cr_expect(eq(u32, a->series.shift, b->series.shift));
    for (uint32_t i = 0; i < a->series.count; i++)
        for (size_t k = 0; k < a->stacks.count; k++)
            cr_expect(eq(dbl, series_live(&a->series, i, k),
                         series_live(&b->series, i, k)));
}

static void compare_last_stacks(const struct metrics *a,
                                const struct metrics *b) {
    cr_assert(eq(sz, a->last_stacks.count, b->last_stacks.count));
    for (size_t i = 0; i < a->last_stacks.count; i++)
        cr_expect(memcmp(last_stacks_at_peak(&a->last_stacks, i, &a->sums),
                         last_stacks_at_peak(&b->last_stacks, i, &b->sums),
                         sizeof(struct last_stack)) == 0);
}

// In any order: they stand in that of the spans.
static void compare_waits(const struct waits *a, const struct waits *b) {
    size_t x = 0, y = 0;
    cr_assert(eq(sz, a->count, b->count));
    for (size_t i = 0; i < a->count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < b->count; k++)
            same += memcmp(&a->list[i], &b->list[k], sizeof *a->list) == 0;
        cr_expect(eq(sz, same, 1));
    }
    for (size_t i = 0; i < a->span_count; i++)
        x += a->spans[i].count - a->spans[i].first;
    for (size_t i = 0; i < b->span_count; i++)
        y += b->spans[i].count - b->spans[i].first;
    cr_expect(eq(sz, x, y));
}

void same_metrics(const struct metrics *a, const struct metrics *b) {
    compare_sums(&a->sums, &b->sums);
    compare_stacks(a, b);
    compare_threads(&a->threads, &b->threads);
    compare_pins(a, b);
    compare_tags(&a->tags, &b->tags);
    compare_frames(&a->frames, &b->frames);
    compare_frees(&a->frees, &b->frees);
    compare_lifetimes(a, b);
    compare_series(a, b);
    compare_last_stacks(a, b);
    cr_expect(memcmp(&a->span_sources, &b->span_sources,
                     sizeof a->span_sources) == 0);
    cr_expect(eq(sz, a->reallocs.count, b->reallocs.count));
    compare_waits(&a->waits, &b->waits);
    cr_expect(eq(sz, a->pages.count, b->pages.count));
    cr_expect(eq(sz, a->pages.address_count, b->pages.address_count));
    cr_expect(memcmp(&a->classes, &b->classes, sizeof a->classes) == 0);
    cr_expect(eq(u64, a->contradictions.total, b->contradictions.total));
    cr_expect(eq(sz, a->notes.mark_count, b->notes.mark_count));
    cr_expect(eq(sz, a->snapshots.count, b->snapshots.count));
    cr_expect(eq(u64, a->walks.count, b->walks.count));
}
