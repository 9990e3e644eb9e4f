// leak_table.c - the table of call sites whose live bytes grow.
//
// Nobody but the program knows what it needs no more: a site that grows, and
// whose growth chance does not explain, is likely to leak, and is said as that.
// Looked at is the last half of the time, so that what is built up at the start
// is none.
#include "viewer/answer/leak_table.h"

#include <stdlib.h>

#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"

enum {
    LEAST_BYTES = 16 << 10, // that a site grows by
    LEAST_PART = 20,        // and of what it had before
};

static bool find_leak(const struct answer *a, const double *values,
                      uint32_t first, uint32_t count, uint32_t site,
                      struct leak_row *row) {
    const struct series *series = &a->state->now->metrics.series;
    const struct heap *heap = &a->state->now->heap;
    const struct answer_counts *counts = &a->sites[site].counts;
    struct trend trend;
    if (!series_trend(values, count, &trend))
        return false;
    double growth = trend.to - trend.from;
    if (growth < LEAST_BYTES || growth < trend.from / LEAST_PART)
        return false;
    uint64_t ns = heap_ns(heap, series_time(series, first + count - 1)) -
                  heap_ns(heap, series_time(series, first));
    double seconds = (double)ns / 1e9;
    *row = (struct leak_row){
        .where = a->sites[site].where,
        .site = site,
        .bytes_per_second =
            seconds > 0
                ? (uint64_t)(trend.slope * (double)(count - 1) / seconds)
                : 0,
        .from_bytes = (uint64_t)trend.from,
        .to_bytes = (uint64_t)trend.to,
        .ns = ns,
        .live_blocks = counts->live_blocks,
        .allocations = counts->allocations,
        .frees = counts->frees};
    return true;
}

static int compare_rows(const void *left, const void *right) {
    const struct leak_row *a = left, *b = right;
    if (a->bytes_per_second != b->bytes_per_second)
        return a->bytes_per_second > b->bytes_per_second ? -1 : 1;
    return (a->site > b->site) - (a->site < b->site);
}

static void make(struct answer *a, struct rows *rows) {
    struct answer_state *state = a->state;
    const struct series *series = &state->now->metrics.series;
    uint32_t first = series->count / 2, count = series->count - first;
    size_t stacks = state->now->metrics.stacks.count;
    double(*values)[SERIES_INSTANTS] =
        pool_zeroed(&state->pool, state->site_total, sizeof *values);
    struct leak_row *list =
        pool_get(&state->pool, a->site_count * sizeof *list);
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < stacks; k++)
            values[state->site_of_stack[k]][i] +=
                series_live(series, first + i, k);
    rows->list = list;
    for (uint32_t i = 0; i < a->site_count; i++)
        rows->count +=
            find_leak(a, values[i], first, count, i, &list[rows->count]);
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_rows);
    pool_give(&state->pool, values);
}

MADE_ROWS(leaks, leak_row, make)

const struct leak_row *leaks_first(const struct answer *a) {
    return leaks_count(a) > 0 ? leaks_row(a, 0) : NULL;
}

const struct data_table leaks_table = {
    TABLE(leaks, "call sites that likely leak: whose live bytes grow"),
    .of_all = true, .is_long = true,
    .columns = {
        ROW_SITE(leak_row),
        COLUMN(leak_row, bytes_per_second, .key = "bytes_per_second",
               .title = "a second", .unit = TABLE_BYTES,
               .help = "median growth between any two instants of the last "
                       "half of the time"),
        COLUMN(leak_row, from_bytes, .key = "from_bytes", .title = "from",
               .unit = TABLE_BYTES, .help = "live when that half began"),
        COLUMN(leak_row, to_bytes, .key = "to_bytes", .title = "to",
               .unit = TABLE_BYTES, .help = "live at its last instant"),
        COLUMN(leak_row, ns, .key = "over_ns", .title = "in", .unit = TABLE_NS,
               .help = "the time between the two"),
        COLUMN(leak_row, live_blocks, .key = "live_blocks", .title = "blocks",
               .unit = TABLE_COUNT, .help = "live now"),
        COLUMN(leak_row, allocations, .key = "allocations",
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "since the start"),
        COLUMN(leak_row, frees, .key = "frees", .title = "frees",
               .unit = TABLE_COUNT, .help = "since the start"),
    }};
