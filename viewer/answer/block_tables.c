// block_tables.c - the tables of blocks: all that live, and what happened
// between two moments.
#include "viewer/answer/block_tables.h"

#include "viewer/answer/live_blocks.h"
#include "viewer/answer/site_columns.h"
#include "viewer/answer/table_columns.h"

TABLE_ROWS(between, between[i], between_count)

static size_t blocks_count(const struct answer *answer) {
    return live_blocks((struct answer *)answer);
}

static const void *blocks_row(const struct answer *answer, size_t i) {
    return &answer->live_blocks[i];
}

// ---- the site of a row ----

SITE_TEXTS(answer_live_block)
SITE_TEXTS(answer_between)

// ---- the tables ----

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

const struct data_table between_table = {
    TABLE(between, "what happened between two moments"), .of_all = true,
    .is_long = true,
    .columns = {
        SITE_COLUMNS(answer_between),
        COLUMN(answer_between, births, .key = "births", .title = "births",
               .unit = TABLE_COUNT, .help = "allocations between them"),
        COLUMN(answer_between, birth_bytes, .key = "birth_bytes",
               .title = "born", .unit = TABLE_BYTES,
               .help = "what these asked for"),
        COLUMN(answer_between, deaths, .key = "deaths", .title = "deaths",
               .unit = TABLE_COUNT, .help = "frees between them"),
        COLUMN(answer_between, survivors, .key = "survivors",
               .title = "survivors", .unit = TABLE_COUNT,
               .help = "born between them, and alive at the later one"),
        COLUMN(answer_between, survivor_bytes, .key = "survivor_bytes",
               .title = "survive", .unit = TABLE_BYTES,
               .help = "what these asked for"),
        COLUMN(
            answer_between, growth_blocks, .key = "growth_blocks",
            .title = "more blocks", .unit = TABLE_COUNT, .kind = TABLE_SIGNED,
            .help = "live blocks of the later moment less the earlier one's"),
        COLUMN(answer_between, growth_bytes, .key = "growth_bytes",
               .title = "growth", .unit = TABLE_BYTES, .kind = TABLE_SIGNED,
               .help = "the same, in what they asked for"),
    }};
