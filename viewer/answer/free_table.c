// free_table.c - the table of who frees whose blocks.
#include "viewer/answer/free_table.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"
#include "viewer/names/stack.h"

TABLE_ROWS(freed_by, freed[i], freed_count)

static struct site site_of_node(struct answer_state *state, uint32_t node) {
    struct site site = site_of_frame(stack_naming_frame(
        state_names(state), &state->tables, node, state->wrappers));
    state_names_done(state);
    return site;
}

// Where the pair of sites stands, or may be put: open addressing.
static size_t find(const struct answer *a, const uint32_t *slots, size_t mask,
                   const struct site *by, const struct site *of) {
    size_t at = (size_t)(site_hash(by) * 3 + site_hash(of)) & mask;
    for (; slots[at]; at = (at + 1) & mask) {
        const struct answer_free *row = &a->freed[slots[at] - 1];
        if (site_same(&row->by, by) && site_same(&row->of, of))
            break;
    }
    return at;
}

static int compare_rows(const void *left, const void *right) {
    const struct answer_free *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    if (a->frees != b->frees)
        return a->frees > b->frees ? -1 : 1;
    return strcmp(a->by.function ? a->by.function : "",
                  b->by.function ? b->by.function : "");
}

void frees_fill(struct answer *a) {
    const struct frees *frees = &a->state->now->metrics.frees;
    struct pool *pool = &a->state->pool;
    size_t slot_count = 16;
    while (slot_count < frees->count * 2)
        slot_count *= 2;
    uint32_t *slots = pool_zeroed(pool, slot_count, sizeof *slots);
    a->freed = pool_get(pool, frees->count * sizeof *a->freed);
    for (size_t i = 0; i < frees->count; i++) {
        const struct free_pair *pair = &frees->list[i];
        struct site by = site_of_node(a->state, pair->by);
        struct site of = site_of_node(a->state, pair->stack);
        size_t at = find(a, slots, slot_count - 1, &by, &of);
        if (!slots[at]) {
            a->freed[a->freed_count++] =
                (struct answer_free){.by = by, .of = of};
            slots[at] = (uint32_t)a->freed_count;
        }
        struct answer_free *row = &a->freed[slots[at] - 1];
        row->frees += pair->frees;
        row->bytes += pair->bytes;
        row->deferred_frees += pair->deferred;
    }
    pool_give(pool, slots);
    if (a->freed_count > 0)
        qsort(a->freed, a->freed_count, sizeof *a->freed, compare_rows);
}

const struct data_table freed_by_table = {
    TABLE(freed_by, "who frees whose blocks"), .of_all = true,
    .columns =
        {
            COLUMN(answer_free, by.function, .key = "function",
                   .title = "freed by", .kind = TABLE_TEXT,
                   .help = "the nearest frame of the user's own"),
            COLUMN(answer_free, by.file, .key = "file", .title = "file",
                   .kind = TABLE_TEXT, .help = "of its source"),
            COLUMN(answer_free, by.line, .key = "line", .title = "line",
                   .kind = TABLE_SMALL, .optional = true,
                   .help = "in that file"),
            COLUMN(answer_free, by.module, .key = "module", .title = "module",
                   .kind = TABLE_TEXT, .help = "the loaded file it is in"),
            COLUMN(answer_free, of.function, .key = "of_function",
                   .title = "allocated by", .kind = TABLE_TEXT,
                   .help = "the same of the allocation"),
            COLUMN(answer_free, of.file, .key = "of_file", .title = "its file",
                   .kind = TABLE_TEXT, .help = "of its source"),
            COLUMN(answer_free, of.line, .key = "of_line", .title = "its line",
                   .kind = TABLE_SMALL, .optional = true,
                   .help = "in that file"),
            COLUMN(answer_free, of.module, .key = "of_module",
                   .title = "its module", .kind = TABLE_TEXT,
                   .help = "the loaded file it is in"),
            COLUMN(answer_free, frees, .key = "frees", .title = "frees",
                   .unit = TABLE_COUNT, REPORT(1, 9),
                   .help = "that have a stack"),
            COLUMN(answer_free, bytes, .key = "bytes", .title = "bytes",
                   .unit = TABLE_BYTES, REPORT(2, 10),
                   .help = "that their blocks asked for"),
            COLUMN(answer_free, deferred_frees, .key = "deferred_frees",
                   .title = "by others", .unit = TABLE_COUNT, REPORT(3, 10),
                   .help = "of the frees: by another thread than the owner's"),
        },
    .shown = {COLUMN(answer_free, by, .key = "by", .title = "freed by",
                     .kind = TABLE_SITE, REPORT(4, 30)),
              COLUMN(answer_free, of, .key = "of", .title = "allocated by",
                     .kind = TABLE_SITE, REPORT(5, 30))}};
