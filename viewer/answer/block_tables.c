// block_tables.c - the table of all blocks that live.
#include "viewer/answer/block_tables.h"

#include "viewer/answer/live_blocks.h"
#include "viewer/answer/site_columns.h"
#include "viewer/answer/table_columns.h"

static size_t blocks_count(const struct answer *answer) {
    return live_blocks((struct answer *)answer);
}

static const void *blocks_row(const struct answer *answer, size_t i) {
    return &answer->live_blocks[i];
}

SITE_TEXTS(answer_live_block)

const struct data_table blocks_table = {
    TABLE(blocks, "live blocks"), .is_long = true,
    .columns = {
        COLUMN(answer_live_block, span, .key = "span", .title = "span",
               .kind = TABLE_SMALL, .help = "that it is in"),
        COLUMN(answer_live_block, number, .key = "number", .title = "at",
               .kind = TABLE_SMALL, .help = "its place in the span, from 0"),
        COLUMN(answer_live_block, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES, .help = "asked for"),
        COLUMN(answer_live_block, block_bytes, .key = "block_bytes",
               .title = "block", .unit = TABLE_BYTES, .kind = TABLE_SMALL,
               .optional = true, .help = "of its size class"),
        COLUMN(answer_live_block, heap, .key = "heap", .title = "heap",
               .kind = TABLE_SMALL, .help = "that has its span"),
        COLUMN(answer_live_block, class_index, .key = "class", .title = "class",
               .kind = TABLE_SMALL, .help = "its number in the allocator"),
        COLUMN(answer_live_block, thread, .key = "thread", .title = "thread",
               .kind = TABLE_TEXT,
               .help = "that had the heap when it was allocated"),
        COLUMN(answer_live_block, thread_id, .key = "thread_id", .title = "id",
               .kind = TABLE_SMALL, .optional = true,
               .help = "of that thread, in the system"),
        COLUMN(answer_live_block, tag, .key = "tag", .title = "tag",
               .kind = TABLE_TEXT, .help = "that it was allocated under"),
        COLUMN(answer_live_block, born_ns, .key = "born_ns", .title = "born",
               .unit = TABLE_NS, .help = "when it was allocated"),
        COLUMN(answer_live_block, lives_ns, .key = "lives_ns",
               .title = "lives for", .unit = TABLE_NS,
               .help = "by now, since then"),
        SITE_COLUMNS(answer_live_block),
    }};
