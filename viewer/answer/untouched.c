// untouched.c - fulfils untouched.h.
#include "viewer/answer/untouched.h"

#include <stdlib.h>

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"
#include "viewer/heap/address.h"
#include "viewer/metric/page_runs.h"

struct search {
    struct answer *answer;
    const struct heap *heap;
    const struct pages *pages;
    struct page_runs none, swapped;
    // Of each live block of which some is not in memory.
    void (*found)(struct search *search, uint32_t site, uint64_t wanted,
                  uint64_t none, uint64_t swapped);
    void *context;
};

// 0: not known.
static uint64_t address_of(const struct search *search, const struct span *span,
                           uint32_t block) {
    if (span->number < SPAN_HUGE_BIT)
        return address_of_block(search->heap, span, block);
    uint64_t start = pages_of_huge(search->pages, span->number);
    return start == 0 ? 0 : start + search->heap->header_bytes;
}

static bool is_all_there(const struct search *search, const struct span *span) {
    uint64_t at = address_of(search, span, 0);
    uint64_t end = at + span_run_bytes(span);
    return at == 0 || (page_runs_overlap(&search->none, at, end) == 0 &&
                       page_runs_overlap(&search->swapped, at, end) == 0);
}

static void look_at(struct span *span, void *context) {
    struct search *search = context;
    const struct answer_state *state = search->answer->state;
    if (span->place != SPAN_IN_HEAP || span->live == 0 ||
        is_all_there(search, span))
        return;
    spans_unpack(&search->heap->spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        if (!span_has(span, i) || span->slots[i].birth > search->pages->time)
            continue;
        uint64_t at = address_of(search, span, i);
        uint64_t wanted = span_wanted(span, i);
        uint64_t none = page_runs_overlap(&search->none, at, at + wanted);
        uint64_t swapped = page_runs_overlap(&search->swapped, at, at + wanted);
        if (none + swapped > 0)
            search->found(
                search,
                state->site_of_stack[stacks_find(&state->now->metrics.stacks,
                                                 span->slots[i].stack)],
                wanted, none, swapped);
    }
}

// `search`: with found and its context.
static void look_at_all(struct answer *a, struct search *search) {
    struct pool *pool = &a->state->pool;
    search->answer = a;
    search->heap = &a->state->now->heap;
    search->pages = &a->state->now->metrics.pages;
    page_runs_take(&search->none, pool, search->pages, PAGE_RUN_NONE);
    page_runs_take(&search->swapped, pool, search->pages, PAGE_RUN_SWAPPED);
    if (search->none.count + search->swapped.count > 0)
        spans_each(&search->heap->spans, look_at, search);
    page_runs_give(&search->none, pool);
    page_runs_give(&search->swapped, pool);
}

// ---- in the table of call sites ----

static void add_to_site(struct search *search, uint32_t site, uint64_t wanted,
                        uint64_t none, uint64_t swapped) {
    struct answer *a = search->answer;
    (void)wanted;
    (void)swapped;
    a->untouched_bytes += none;
    if (site < a->site_count)
        a->sites[site].untouched_bytes += none;
}

void untouched_fill(struct answer *a) {
    struct search search = {.found = add_to_site};
    look_at_all(a, &search);
}

// ---- in a table of its own ----

static void add_to_row(struct search *search, uint32_t site, uint64_t wanted,
                       uint64_t none, uint64_t swapped) {
    struct untouched_row *rows = search->context;
    if (site >= search->answer->site_count)
        return;
    rows[site].untouched_bytes += none;
    rows[site].swapped_bytes += swapped;
    rows[site].blocks += none == wanted;
}

static int compare_rows(const void *left, const void *right) {
    const struct untouched_row *a = left, *b = right;
    uint64_t most = a->untouched_bytes + a->swapped_bytes;
    uint64_t other = b->untouched_bytes + b->swapped_bytes;
    if (most != other)
        return most > other ? -1 : 1;
    return (a->site > b->site) - (a->site < b->site);
}

static void make(struct answer *a, struct rows *rows) {
    struct untouched_row *list =
        pool_zeroed(&a->state->pool, a->site_count + 1, sizeof *list);
    struct search search = {.found = add_to_row, .context = list};
    look_at_all(a, &search);
    rows->list = list;
    for (uint32_t i = 0; i < a->site_count; i++) {
        struct untouched_row row = list[i];
        if (row.untouched_bytes + row.swapped_bytes == 0)
            continue;
        row.site = i;
        row.where = a->sites[i].where;
        row.live_bytes = a->sites[i].counts.live_bytes;
        list[rows->count++] = row;
    }
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_rows);
}

MADE_ROWS(untouched, untouched_row, make)

const struct data_table untouched_table = {
    TABLE(untouched, "call sites of whose live data not all is in memory, by "
                     "the last sample of residency"),
    .of_all = true, .is_long = true,
    .columns = {
        ROW_SITE(untouched_row),
        COLUMN(untouched_row, live_bytes, .key = "live_bytes", .title = "live",
               .unit = TABLE_BYTES, .help = "what live blocks asked for"),
        COLUMN(untouched_row, untouched_bytes, .key = "untouched_bytes",
               .title = "never touched", .unit = TABLE_BYTES,
               .help = "of that, in pages that nobody has touched"),
        COLUMN(untouched_row, blocks, .key = "untouched_blocks",
               .title = "blocks", .unit = TABLE_COUNT,
               .help = "of which nobody has touched anything"),
        COLUMN(untouched_row, swapped_bytes, .key = "idle_bytes",
               .title = "idle", .unit = TABLE_BYTES,
               .help = "in pages that the system has moved to swap, as nobody "
                       "used them"),
    }};
