// stack_tables.c - the tables of what stacks did beside allocating.
#include "viewer/answer/stack_tables.h"

#include <stdlib.h>

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"

// ---- who reallocates ----

static int compare_reallocs(const void *left, const void *right) {
    const struct realloc_row *a = left, *b = right;
    if (a->moved_bytes != b->moved_bytes)
        return a->moved_bytes > b->moved_bytes ? -1 : 1;
    return (a->in_place < b->in_place) - (a->in_place > b->in_place);
}

static void make_reallocs(struct answer *a, struct rows *rows) {
    struct answer_state *state = a->state;
    const struct metrics *metrics = &state->now->metrics;
    const struct reallocs *reallocs = &metrics->reallocs;
    struct realloc_row *list =
        pool_zeroed(&state->pool, state->site_total, sizeof *list);
    for (size_t i = 0; i < reallocs->count; i++) {
        const struct realloc_counts *from = &reallocs->list[i];
        if (!stacks_has(&metrics->stacks, from->stack))
            continue;
        struct realloc_row *row = &list[state->site_of_stack[stacks_find(
            &metrics->stacks, from->stack)]];
        row->in_place += from->in_place;
        row->moved += from->moved;
        row->moved_bytes += from->moved_bytes;
    }
    for (size_t i = 0; i < a->site_count; i++) {
        if (list[i].in_place + list[i].moved == 0)
            continue;
        list[rows->count] = list[i];
        list[rows->count].where = a->sites[i].where;
        list[rows->count++].allocations = a->sites[i].counts.allocations;
    }
    rows->list = list;
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_reallocs);
}

MADE_ROWS(reallocs, realloc_row, make_reallocs)

const struct data_table reallocs_table = {
    TABLE(reallocs, "who reallocates: blocks that grow step by step"),
    .of_all = true, .is_long = true,
    .columns = {
        ROW_SITE(realloc_row),
        COLUMN(realloc_row, moved, .key = "moved", .title = "moved",
               .unit = TABLE_COUNT,
               .help = "reallocations that needed another block"),
        COLUMN(realloc_row, moved_bytes, .key = "moved_bytes",
               .title = "moved bytes", .unit = TABLE_BYTES,
               .help = "what those blocks asked for"),
        COLUMN(realloc_row, in_place, .key = "in_place", .title = "in place",
               .unit = TABLE_COUNT, .help = "reallocations that did not"),
        COLUMN(realloc_row, allocations, .key = "allocations",
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "of the site since the start, with those moved"),
    }};

// ---- where each thread stood ----

static uint64_t row_of_stack(const struct answer *a, uint32_t node) {
    for (size_t i = 0; i < a->stack_count; i++)
        if (a->stacks[i].node == node)
            return i;
    return 0;
}

static int compare_threads(const void *left, const void *right) {
    const struct last_stack_row *a = left, *b = right;
    if (a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns ? -1 : 1;
    return (a->thread_id > b->thread_id) - (a->thread_id < b->thread_id);
}

static void make_last_stacks(struct answer *a, struct rows *rows) {
    struct answer_state *state = a->state;
    const struct metrics *metrics = &state->now->metrics;
    const struct last_stacks *last = &metrics->last_stacks;
    struct last_stack_row *list =
        pool_get(&state->pool, last->count * sizeof *list);
    for (size_t i = 0; i < last->count; i++) {
        const struct last_stack *at =
            last_stacks_at_peak(last, i, &metrics->sums);
        if (at->event == 0 || !stacks_has(&metrics->stacks, at->stack))
            continue;
        uint32_t thread = threads_at(&metrics->threads, at->ring, at->time);
        uint32_t site =
            state->site_of_stack[stacks_find(&metrics->stacks, at->stack)];
        list[rows->count++] = (struct last_stack_row){
            .thread = state_thread_name(state, &metrics->threads, thread),
            .thread_id = thread < metrics->threads.count
                             ? metrics->threads.list[thread].thread_id
                             : 0,
            .where = a->sites[site].where,
            .time_ns = heap_ns(&state->now->heap, at->time),
            .bytes = at->bytes,
            .stack = row_of_stack(a, at->stack)};
    }
    rows->list = list;
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_threads);
}

MADE_ROWS(last_stacks, last_stack_row, make_last_stacks)

const struct data_table last_stacks_table = {
    TABLE(last_stacks, "where each thread stood when most was held"),
    .of_all = true, .is_long = true,
    .columns = {
        COLUMN(last_stack_row, thread, .key = "thread", .title = "thread",
               .kind = TABLE_TEXT, .help = "its name"),
        COLUMN(last_stack_row, thread_id, .key = "thread_id", .title = "id",
               .kind = TABLE_SMALL, .help = "the system's"),
        COLUMN(last_stack_row, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS,
               .help = "its last allocation up to the peak up to now"),
        COLUMN(last_stack_row, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES, .help = "that it asked for"),
        ROW_SITE(last_stack_row),
        COLUMN(last_stack_row, stack, .key = "frames", .title = "stack",
               .kind = TABLE_FRAMES, .help = "of that allocation"),
    }};
