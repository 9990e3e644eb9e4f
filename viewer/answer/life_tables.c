// life_tables.c - the tables of how long blocks live.
//
// The blocks that live yet are put in by their age: else a site whose blocks
// are never freed but for a few would seem to have short-lived ones only.
#include "viewer/answer/life_tables.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"

enum { MOST_PERCENT = 90 };

// What has died, and what lives, of a site or a class.
struct lives {
    struct lifetime_bins died, living;
    uint64_t frees, blocks, first_birth;
};

struct walk {
    struct answer *answer;
    struct lives *lives;
    bool by_class;
};

static void count_living(struct span *span, void *context) {
    const struct walk *walk = context;
    const struct answer_state *state = walk->answer->state;
    const struct heap *heap = &state->now->heap;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&heap->spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->birth == SLOT_FREE)
            continue;
        size_t place = span->class_index;
        if (!walk->by_class)
            place = state->site_of_stack[stacks_find(
                &state->now->metrics.stacks, slot->stack)];
        struct lives *lives = &walk->lives[place];
        uint32_t *bin =
            &lives->living.count[lifetimes_bin(heap->time - slot->birth)];
        *bin += *bin != UINT32_MAX;
        lives->blocks++;
        if (slot->birth < lives->first_birth)
            lives->first_birth = slot->birth;
    }
}

static void add_died(struct lives *lives, int bin, uint64_t count) {
    uint64_t sum = lives->died.count[bin] + count;
    lives->died.count[bin] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    lives->frees += count;
}

// They have lived so long at least, as those that live yet.
static void add_unseen(struct lives *lives, int bin, uint64_t count) {
    uint64_t sum = lives->living.count[bin] + count;
    lives->living.count[bin] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

static uint64_t quantile_ns(const struct answer *a, const struct lives *lives,
                            double part) {
    const struct heap *heap = &a->state->now->heap;
    double steps;
    if (!lifetimes_quantile(&lives->died, &lives->living, part, &steps))
        return 0;
    double ns_per_step =
        heap->time > 0 ? (double)heap_ns(heap, heap->time) / (double)heap->time
                       : 1;
    uint64_t ns = (uint64_t)(steps * ns_per_step);
    return ns > 0 ? ns : 1; // 0 is not known
}

static struct life_row row_of(const struct answer *a,
                              const struct lives *lives) {
    const struct heap *heap = &a->state->now->heap;
    struct life_row row = {.frees = lives->frees, .living = lives->blocks};
    row.median_ns = quantile_ns(a, lives, 0.5);
    row.most_ns = quantile_ns(a, lives, MOST_PERCENT / 100.0);
    if (lives->blocks > 0)
        row.oldest_ns =
            heap_ns(heap, heap->time) - heap_ns(heap, lives->first_birth);
    return row;
}

static struct lives *walk(struct answer *a, size_t count, bool by_class) {
    struct lives *lives = pool_zeroed(&a->state->pool, count, sizeof *lives);
    struct walk walk = {a, lives, by_class};
    for (size_t i = 0; i < count; i++)
        lives[i].first_birth = UINT64_MAX;
    spans_each(&a->state->now->heap.spans, count_living, &walk);
    return lives;
}

static int compare_rows(const void *left, const void *right) {
    const struct life_row *a = left, *b = right;
    uint64_t x = a->frees + a->living, y = b->frees + b->living;
    if (x != y)
        return x > y ? -1 : 1;
    return 0;
}

static void make_sites(struct answer *a, struct rows *rows) {
    struct answer_state *state = a->state;
    const struct metrics *metrics = &state->now->metrics;
    struct lives *lives = walk(a, state->site_total, false);
    struct life_row *list =
        pool_get(&state->pool, a->site_count * sizeof *list);
    for (size_t i = 0; i < metrics->stacks.count; i++) {
        const struct lifetime_bins *bins = lifetimes_of(&metrics->lifetimes, i);
        for (int bin = 0; bins && bin < LIFETIME_BINS; bin++)
            add_died(&lives[state->site_of_stack[i]], bin, bins->count[bin]);
        bins = lifetimes_unseen_of(&metrics->lifetimes, i);
        for (int bin = 0; bins && bin < LIFETIME_BINS; bin++)
            add_unseen(&lives[state->site_of_stack[i]], bin, bins->count[bin]);
    }
    for (size_t i = 0; i < a->site_count; i++) {
        list[i] = row_of(a, &lives[i]);
        list[i].where = a->sites[i].where;
    }
    if (a->site_count > 0)
        qsort(list, a->site_count, sizeof *list, compare_rows);
    pool_give(&state->pool, lives);
    rows->list = list;
    rows->count = a->site_count;
}

static void make_classes(struct answer *a, struct rows *rows) {
    struct answer_state *state = a->state;
    struct lives *lives = walk(a, CLASSES, true);
    struct life_row *list =
        pool_get(&state->pool, a->class_count * sizeof *list);
    for (size_t i = 0; i < a->class_count; i++) {
        uint32_t index = a->classes[i].index;
        const struct lifetimes *all = &state->now->metrics.lifetimes;
        for (int bin = 0; bin < LIFETIME_BINS; bin++) {
            add_died(&lives[index], bin, all->classes[index][bin]);
            add_unseen(&lives[index], bin, all->unseen_classes[index][bin]);
        }
        list[i] = row_of(a, &lives[index]);
        list[i].class_index = index;
        list[i].block_bytes = a->classes[i].block_bytes;
    }
    pool_give(&state->pool, lives);
    rows->list = list;
    rows->count = a->class_count;
}

MADE_ROWS(lifetimes, life_row, make_sites)
MADE_ROWS(class_lifetimes, life_row, make_classes)

#define LIFE                                                                   \
    COLUMN(life_row, frees, .key = "frees", .title = "frees",                  \
           .unit = TABLE_COUNT, .help = "since the start"),                    \
        COLUMN(life_row, living, .key = "living", .title = "live",             \
               .unit = TABLE_COUNT, .help = "blocks that live now"),           \
        COLUMN(life_row, median_ns, .key = "median_ns", .title = "half by",    \
               .unit = TABLE_NS, .optional = true,                             \
               .help = "what half of all blocks do not outlive, with those "   \
                       "that live yet, or went unseen in a pause; within a "   \
                       "factor of four, where most have died; none: more "     \
                       "than half outlive what was seen"),                     \
        COLUMN(life_row, most_ns, .key = "most_ns", .title = "9 of 10 by",     \
               .unit = TABLE_NS, .optional = true,                             \
               .help = "the same of nine tenths"),                             \
        COLUMN(life_row, oldest_ns, .key = "oldest_ns",                        \
               .title = "oldest lives for", .unit = TABLE_NS,                  \
               .optional = true, .help = "of those that live now")

const struct data_table lifetimes_table = {
    TABLE(lifetimes, "how long blocks live, by call site"), .of_all = true,
    .is_long = true, .columns = {ROW_SITE(life_row), LIFE}};

const struct data_table class_lifetimes_table = {
    TABLE(class_lifetimes, "how long blocks live, by size class"),
    .of_all = true, .is_long = true, .columns = {ROW_CLASS(life_row), LIFE}};
