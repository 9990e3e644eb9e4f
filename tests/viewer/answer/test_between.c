// test_between.c - what happened between two moments is what a look at both
// gives; of the blocks of a filter, and of all others, together it is that of
// all.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#include "tests/viewer/sim_heap.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/state.h"
#include "viewer/query/filter.h"

static struct trace_builder b;

static void play(uint64_t seed, bool gaps) {
    static struct sim_heap sim;
    trace_builder_start(&b);
    sim_start(&sim, &b, seed);
    for (int i = 0; i < 600; i++) {
        sim_step(&sim);
        if (gaps && i % 150 == 149) {
            sim_unseen_step(&sim);
            sim_tell(&sim, (uint64_t)i);
        }
    }
    trace_builder_end(&b, 0);
    sim_free(&sim);
}

static struct block_filter *filter_of(const char *text) {
    struct failure failure = {.text = ""};
    struct block_filter *filter = filter_new(text, &failure);
    cr_assert(ne(ptr, filter, NULL), "%s", failure.text);
    return filter;
}

// At one moment, and since another (0: none); of some blocks.
static struct answer *ask(struct analysis *analysis, uint64_t at,
                          uint64_t since, const struct block_filter *filter) {
    struct failure failure = {.text = ""};
    const struct analyse_options options = {.at = AT_TIME,
                                            .at_ns = at,
                                            .has_since = since > 0,
                                            .since_ns = since,
                                            .filter = filter,
                                            .no_names = true};
    struct answer *a = analyse_moment(analysis, &options, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

static struct analysis *open_trace(void) {
    struct failure failure = {.text = ""};
    struct analysis *analysis = analysis_open(
        trace_builder_save(&b),
        &(struct analyse_options){
            .revisits = true, .keyframe_events = 100, .no_names = true},
        &failure);
    cr_assert(ne(ptr, analysis, NULL), "%s", failure.text);
    return analysis;
}

// Of the site; all 0 where nothing happened.
static struct answer_between_counts counts_of(const struct answer *a,
                                              const struct site *where) {
    for (size_t i = 0; i < a->range.site_count; i++)
        if (site_same(&a->range.sites[i].where, where))
            return a->range.sites[i].counts;
    return (struct answer_between_counts){0};
}

static struct answer_between_counts counts_of_class(const struct answer *a,
                                                    uint32_t class) {
    for (size_t i = 0; i < a->range.class_count; i++)
        if (a->range.classes[i].index == class)
            return a->range.classes[i].counts;
    return (struct answer_between_counts){0};
}

static const struct answer_site *site_of(const struct answer *a,
                                         const struct site *where) {
    static const struct answer_site none;
    for (size_t i = 0; i < a->site_count; i++)
        if (site_same(&a->sites[i].where, where))
            return &a->sites[i];
    return &none;
}

// What is live of a site with at least so many bytes, born after.
static void look(struct answer *a, const struct site *where, uint64_t least,
                 uint64_t after, int64_t *blocks, int64_t *bytes) {
    *blocks = *bytes = 0;
    for (size_t i = 0; i < live_blocks(a); i++) {
        const struct answer_live_block *l = &a->live_blocks[i];
        bool counts = site_same(l->where, where) && l->bytes >= least &&
                      l->born_ns > after;
        *blocks += counts;
        *bytes += counts ? (int64_t)l->bytes : 0;
    }
}

static void compare_growth(const struct answer *range, struct answer *then,
                           struct answer *now, uint64_t least) {
    for (size_t i = 0; i < now->site_count; i++) {
        const struct site *where = &now->sites[i].where;
        struct answer_between_counts c = counts_of(range, where);
        int64_t before, before_bytes, blocks, bytes, young, young_bytes;
        look(then, where, least, 0, &before, &before_bytes);
        look(now, where, least, 0, &blocks, &bytes);
        look(now, where, least, then->now.time_ns, &young, &young_bytes);
        cr_expect(eq(i64, c.growth_blocks, blocks - before));
        cr_expect(eq(i64, c.growth_bytes, bytes - before_bytes));
        cr_expect(eq(u64, c.survivors, (uint64_t)young));
        cr_expect(eq(u64, c.survivor_bytes, (uint64_t)young_bytes));
    }
}

static void compare_counts(const struct answer *range,
                           const struct answer *then,
                           const struct answer *now) {
    for (size_t i = 0; i < now->site_count; i++) {
        const struct answer_site *to = &now->sites[i];
        const struct answer_site *from = site_of(then, &to->where);
        struct answer_between_counts c = counts_of(range, &to->where);
        cr_expect(eq(u64, c.births,
                     to->counts.allocations - from->counts.allocations));
        cr_expect(
            eq(u64, c.birth_bytes,
               to->counts.allocated_bytes - from->counts.allocated_bytes));
        cr_expect(eq(u64, c.deaths, to->counts.frees - from->counts.frees));
    }
}

static void add_up(struct answer_between_counts all,
                   struct answer_between_counts some,
                   struct answer_between_counts rest) {
    cr_expect(eq(u64, all.births, some.births + rest.births));
    cr_expect(eq(u64, all.birth_bytes, some.birth_bytes + rest.birth_bytes));
    cr_expect(eq(u64, all.deaths, some.deaths + rest.deaths));
    cr_expect(eq(u64, all.survivors, some.survivors + rest.survivors));
    cr_expect(eq(i64, all.growth_bytes, some.growth_bytes + rest.growth_bytes));
}

static void compare_parts_of_all(const struct answer *all,
                                 const struct answer *some,
                                 const struct answer *rest) {
    for (size_t i = 0; i < all->site_count; i++) {
        const struct site *where = &all->sites[i].where;
        add_up(counts_of(all, where), counts_of(some, where),
               counts_of(rest, where));
    }
    for (uint32_t i = 0; i < 256; i++) {
        struct answer_between_counts c = counts_of_class(all, i);
        struct answer_between_counts x = counts_of_class(some, i);
        struct answer_between_counts y = counts_of_class(rest, i);
        x.birth_bytes = y.birth_bytes = 0; // of all it is not counted by class
        add_up(c, x, y);
    }
}

static const uint64_t least = 200; // bytes, of those that the filter lets pass

static void compare(struct analysis *analysis, uint64_t from, uint64_t to) {
    struct block_filter *large = filter_of("bytes >= 200");
    struct block_filter *small = filter_of("bytes < 200");
    struct answer *then = ask(analysis, from, 0, NULL);
    struct answer *now = ask(analysis, to, 0, NULL);
    struct answer *all = ask(analysis, to, from, NULL);
    struct answer *some = ask(analysis, to, from, large);
    struct answer *rest = ask(analysis, to, from, small);

    compare_counts(all, then, now);
    compare_growth(all, then, now, 0);
    compare_growth(some, then, now, least);
    compare_parts_of_all(all, some, rest);
    cr_expect(gt(u64, some->range.counts.births, 0));
    cr_expect(gt(u64, rest->range.counts.births, 0));

    answer_free(rest);
    answer_free(some);
    answer_free(all);
    answer_free(now);
    answer_free(then);
    filter_free(small);
    filter_free(large);
}

Test(between, is_what_a_look_at_both_moments_gives, .timeout = 300) {
    for (uint64_t seed = 1; seed <= 6; seed++) {
        play(seed, seed % 2);
        struct analysis *analysis = open_trace();
        struct answer *end = ask(analysis, 1, 0, NULL);
        uint64_t length = end->duration_ns;
        answer_free(end);
        compare(analysis, length / 4, length * 3 / 4);
        compare(analysis, length / 3, length);
        analysis_close(analysis);
        trace_builder_free(&b);
    }
}

static double steps_of(const struct answer *a) {
    return (double)a->state->now->metrics.sums.now.time;
}

// Means over the whole are made of those of its parts.
Test(between, the_mean_of_two_ranges_is_that_of_both) {
    play(3, true);
    struct analysis *analysis = open_trace();
    struct answer *end = ask(analysis, 1, 0, NULL);
    uint64_t length = end->duration_ns, middle = length / 3;
    answer_free(end);
    struct answer *whole = ask(analysis, length, 0, NULL);
    struct answer *early = ask(analysis, middle, 0, NULL);
    struct answer *late = ask(analysis, length, middle, NULL);
    double first = steps_of(early), second = steps_of(late) - first;

    for (int part = 0; part < PARTS; part++) {
        double sum = early->mean_part_bytes[part] * first +
                     late->range.parts[part].mean_bytes * second;
        double mean = whole->mean_part_bytes[part] * (first + second);
        cr_expect(lt(dbl, fabs(sum - mean) / (mean + 1), 1e-9));
    }
    size_t compared = 0;
    for (size_t i = 0; i < late->range.site_count; i++) {
        const struct answer_between *row = &late->range.sites[i];
        const struct answer_counts *to = &site_of(whole, &row->where)->counts;
        const struct answer_counts *from = &site_of(early, &row->where)->counts;
        double sum = from->share_mean * first + row->share_mean * second;
        double mean = to->share_mean * (first + second);
        cr_expect(lt(dbl, fabs(sum - mean) / (mean + 1), 1e-9));
        cr_expect(
            lt(dbl, fabs(row->share_before - (double)from->share_bytes), 1));
        cr_expect(lt(dbl, fabs(row->share_after - (double)to->share_bytes), 1));
        compared += to->share_bytes > 0;
    }
    cr_expect(gt(sz, compared, 1));
    answer_free(late);
    answer_free(early);
    answer_free(whole);
    analysis_close(analysis);
    trace_builder_free(&b);
}

// The other way round it is the same, told from the other end.
Test(between, does_not_ask_which_of_the_two_comes_first) {
    play(5, false);
    struct analysis *analysis = open_trace();
    struct answer *end = ask(analysis, 1, 0, NULL);
    uint64_t length = end->duration_ns;
    answer_free(end);
    struct answer *late = ask(analysis, length * 2 / 3, length / 3, NULL);
    struct answer *early = ask(analysis, length / 3, length * 2 / 3, NULL);

    cr_expect(eq(u64, early->range.from_ns, late->range.from_ns));
    cr_expect(eq(u64, early->range.counts.births, late->range.counts.births));
    cr_expect(eq(i64, early->range.counts.growth_bytes,
                 late->range.counts.growth_bytes));
    for (int part = 0; part < PARTS; part++)
        cr_expect(eq(i64, early->range.parts[part].growth_bytes,
                     late->range.parts[part].growth_bytes));
    answer_free(early);
    answer_free(late);
    analysis_close(analysis);
    trace_builder_free(&b);
}

Test(between, refuses_to_ask_how_long_blocks_live_at_two_moments) {
    struct failure failure = {.text = ""};
    play(2, false);
    struct analysis *analysis = open_trace();
    struct block_filter *filter = filter_of("lives_ns > 10ns");
    const struct analyse_options options = {
        .has_since = true, .since_ns = 100, .filter = filter, .no_names = true};

    struct answer *a = analyse_moment(analysis, &options, &failure);

    cr_expect(eq(ptr, a, NULL));
    cr_expect(failure.asked);
    cr_expect(ne(ptr, strstr(failure.text, "born_ns in the place of"), NULL));
    filter_free(filter);
    analysis_close(analysis);
    trace_builder_free(&b);
}
