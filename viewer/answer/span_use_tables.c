// span_use_tables.c - the tables of how well spans are used, by size class.
#include "viewer/answer/span_use_tables.h"

#include <stdlib.h>

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"
#include "viewer/metric/new_class.h"
#include "viewer/metric/stranded.h"

// ---- where spans come from ----

static void make_sources(struct answer *a, struct rows *rows) {
    const struct span_sources *sources = &a->state->now->metrics.span_sources;
    struct span_source_row *list =
        pool_get(&a->state->pool, a->class_count * sizeof *list);
    for (size_t i = 0; i < a->class_count; i++) {
        const struct span_source *from = &sources->classes[a->classes[i].index];
        list[rows->count++] = (struct span_source_row){
            .class_index = a->classes[i].index,
            .block_bytes = a->classes[i].block_bytes,
            .taken = from->from_thread_cache + from->from_global_cache +
                     from->from_segment,
            .from_thread_cache = from->from_thread_cache,
            .from_global_cache = from->from_global_cache,
            .from_segment = from->from_segment,
            .adopted = from->adopted,
            .given = from->to_thread_cache + from->to_global_cache +
                     from->to_segment,
            .to_thread_cache = from->to_thread_cache,
            .to_global_cache = from->to_global_cache,
            .to_segment = from->to_segment};
    }
    rows->list = list;
}

MADE_ROWS(span_sources, span_source_row, make_sources)

const struct data_table span_sources_table = {
    TABLE(span_sources, "where spans came from, and went to"), .of_all = true,
    .is_long = true,
    .columns = {
        ROW_CLASS(span_source_row),
        COLUMN(span_source_row, taken, .key = "taken", .title = "taken",
               .unit = TABLE_COUNT,
               .help = "times that a heap took a span, or a run of them"),
        COLUMN(span_source_row, from_thread_cache, .key = "from_thread_cache",
               .title = "thread cache", .unit = TABLE_COUNT,
               .help = "of these, of its own cache"),
        COLUMN(span_source_row, from_global_cache, .key = "from_global_cache",
               .title = "global cache", .unit = TABLE_COUNT,
               .help = "of the cache of all"),
        COLUMN(span_source_row, from_segment, .key = "from_segment",
               .title = "segments", .unit = TABLE_COUNT,
               .help = "of memory that was not in use, or given back"),
        COLUMN(span_source_row, adopted, .key = "adopted", .title = "adopted",
               .unit = TABLE_COUNT,
               .help = "times that one came with its blocks, of the heap of "
                       "a thread that had ended"),
        COLUMN(span_source_row, given, .key = "given", .title = "given up",
               .unit = TABLE_COUNT, .help = "times that a heap gave one up"),
        COLUMN(span_source_row, to_thread_cache, .key = "to_thread_cache",
               .title = "to thread cache", .unit = TABLE_COUNT,
               .help = "of these, to its own cache"),
        COLUMN(span_source_row, to_global_cache, .key = "to_global_cache",
               .title = "to global cache", .unit = TABLE_COUNT,
               .help = "to the cache of all"),
        COLUMN(span_source_row, to_segment, .key = "to_segment",
               .title = "to segments", .unit = TABLE_COUNT,
               .help = "its memory was given back, or its segment may go"),
    }};

// ---- what heaps cost that share none ----

static int compare_stranded(const void *left, const void *right) {
    const struct stranded_row *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return (a->class_index > b->class_index) -
           (a->class_index < b->class_index);
}

static void make_stranded(struct answer *a, struct rows *rows) {
    struct pool *pool = &a->state->pool;
    struct stranded *stranded = pool_get(pool, sizeof *stranded);
    struct stranded_row *list = pool_get(pool, a->class_count * sizeof *list);
    stranded_compute(stranded, &a->state->now->heap, pool);
    for (size_t i = 0; i < a->class_count; i++) {
        const struct stranded_class *from =
            &stranded->classes[a->classes[i].index];
        if (from->spans > 0)
            list[rows->count++] = (struct stranded_row){
                a->classes[i].index,
                a->classes[i].block_bytes,
                from->heaps,
                from->spans,
                from->apart,
                from->together,
                (from->apart - from->together) * a->span_bytes};
    }
    rows->list = list;
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_stranded);
    pool_give(pool, stranded);
}

MADE_ROWS(stranded, stranded_row, make_stranded)

const struct data_table stranded_table = {
    TABLE(stranded, "spans that are held because heaps share none"),
    .of_all = true, .is_long = true,
    .columns = {
        ROW_CLASS(stranded_row),
        COLUMN(stranded_row, heaps, .key = "heaps", .title = "heaps",
               .unit = TABLE_COUNT, .help = "with spans of the class"),
        COLUMN(stranded_row, spans, .key = "spans", .title = "spans",
               .unit = TABLE_COUNT, .help = "that they have"),
        COLUMN(stranded_row, apart, .key = "apart", .title = "apart",
               .unit = TABLE_COUNT,
               .help = "spans that the live blocks would need, heap by heap"),
        COLUMN(stranded_row, together, .key = "together", .title = "together",
               .unit = TABLE_COUNT, .help = "and if they were all of one heap"),
        COLUMN(stranded_row, bytes, .key = "bytes", .title = "stranded",
               .unit = TABLE_BYTES, .help = "of the spans between the two"),
    }};

// ---- the class that is missing ----

static int compare_new(const void *left, const void *right) {
    const struct new_class_row *a = left, *b = right;
    if (a->saved_bytes != b->saved_bytes)
        return a->saved_bytes > b->saved_bytes ? -1 : 1;
    return (a->size > b->size) - (a->size < b->size);
}

static void make_new(struct answer *a, struct rows *rows) {
    struct pool *pool = &a->state->pool;
    struct new_classes *classes = pool_get(pool, sizeof *classes);
    struct new_class_row *list = pool_get(pool, CLASSES * sizeof *list);
    new_classes_compute(classes, &a->state->now->heap, pool);
    for (size_t i = 0; i < CLASSES; i++) {
        const struct new_class *from = &classes->classes[i];
        if (from->saved > 0)
            list[rows->count++] = (struct new_class_row){
                from->block_bytes, from->size, from->blocks, from->saved};
    }
    rows->list = list;
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_new);
    pool_give(pool, classes);
}

MADE_ROWS(new_classes, new_class_row, make_new)

const struct data_table new_classes_table = {
    TABLE(new_classes, "size classes that would save most of the rounding"),
    .of_all = true, .is_long = true,
    .columns = {
        COLUMN(new_class_row, size, .key = "new_block_bytes",
               .title = "new class", .unit = TABLE_BYTES, .kind = TABLE_SMALL,
               .help = "its block size; of all that could stand there, the "
                       "one that saves most"),
        COLUMN(new_class_row, block_bytes, .key = "block_bytes",
               .title = "before", .unit = TABLE_BYTES, .kind = TABLE_SMALL,
               .help = "the class whose blocks it would take"),
        COLUMN(new_class_row, blocks, .key = "blocks", .title = "blocks",
               .unit = TABLE_COUNT, .help = "live ones that would be of it"),
        COLUMN(new_class_row, saved_bytes, .key = "saved_bytes",
               .title = "saved", .unit = TABLE_BYTES,
               .help = "of rounding, which these blocks would not have"),
    }};
