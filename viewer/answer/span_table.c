// span_table.c - the table of all spans.
#include "viewer/answer/span_table.h"

#include "viewer/answer/span_map.h"
#include "viewer/answer/table_columns.h"

TABLE_ROWS(spans, spans[i], span_count)

static const char *kind_name(const void *row) {
    static const char *const names[SPAN_KINDS] = {
        [SPAN_OF_BLOCKS] = "blocks",
        [SPAN_WAITS] = "waits",
        [SPAN_KEPT_EMPTY] = "kept empty",
        [SPAN_OF_LARGE] = "large",
        [SPAN_MORE_LARGE] = "large, continued",
        [SPAN_THREAD_CACHE] = "thread cache",
        [SPAN_GLOBAL_CACHE] = "global cache",
        [SPAN_UNUSED] = "not in use",
    };
    const struct answer_span *span = row;
    return span->segment == ANSWER_NONE ? "huge" : names[span->kind];
}

static uint32_t segment(const struct answer *answer, const void *row) {
    (void)answer;
    return ((const struct answer_span *)row)->segment;
}

const struct data_table spans_table = {
    TABLE(spans, "spans"), .is_long = true,
    .columns = {
        COLUMN(answer_span, number, .key = "number", .title = "span",
               .kind = TABLE_SMALL, .help = "its number in the trace"),
        {.key = "segment",
         .title = "segment",
         .kind = TABLE_SMALL,
         .optional = true,
         .small = segment,
         .help = "that it is in"},
        COLUMN(answer_span, index, .key = "index", .title = "at",
               .kind = TABLE_SMALL, .help = "its place in the segment, from 0"),
        {.key = "kind",
         .title = "kind",
         .kind = TABLE_TEXT,
         .text = kind_name,
         .help = "what it is used for"},
        COLUMN(answer_span, heap, .key = "heap", .title = "heap",
               .kind = TABLE_SMALL,
               .help = "that has it, or has it in its cache"),
        COLUMN(answer_span, run, .key = "spans", .title = "spans",
               .kind = TABLE_SMALL, .help = "of a large block, else 1"),
        COLUMN(answer_span, block_bytes, .key = "block_bytes", .title = "block",
               .unit = TABLE_BYTES, .kind = TABLE_SMALL, .optional = true,
               .help = "size of its blocks"),
        COLUMN(answer_span, blocks, .key = "blocks", .title = "blocks",
               .unit = TABLE_COUNT, .kind = TABLE_SMALL,
               .help = "that it has room for"),
        COLUMN(answer_span, live, .key = "live_blocks", .title = "live",
               .unit = TABLE_COUNT, .kind = TABLE_SMALL, .help = "of these"),
        COLUMN(answer_span, deferred, .key = "deferred_blocks",
               .scope = TABLE_OF_ALL, .title = "deferred", .unit = TABLE_COUNT,
               .kind = TABLE_SMALL,
               .help = "freed by another thread, not yet taken back"),
        COLUMN(answer_span, used_bytes, .key = "used_bytes", .title = "used",
               .unit = TABLE_BYTES, .help = "what live blocks asked for"),
        COLUMN(answer_span, free_bytes, .key = "pinned_bytes",
               .title = "pinned", .unit = TABLE_BYTES,
               .help = "free, and kept by its live blocks"),
        COLUMN(answer_span, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES, .help = "of the span"),
        COLUMN(answer_span, gone_bytes, .key = "given_back_bytes",
               .scope = TABLE_OF_ALL, .title = "given back",
               .unit = TABLE_BYTES, .help = "of these, to the system"),
    }};
