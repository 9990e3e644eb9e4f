// history_tables.c - the tables of what happened to one span, block or segment,
// and of who held it.
#include "viewer/answer/history_tables.h"

#include "viewer/answer/site_columns.h"

TABLE_ROWS(history, history[i], history_count)
TABLE_ROWS(holders, holders[i], holder_count)

SITE_TEXTS(answer_history)
SITE_TEXTS(answer_holder)

static uint32_t history_block(const struct answer *answer, const void *row) {
    (void)answer;
    return ((const struct answer_history *)row)->block;
}

static uint32_t holder_block(const struct answer *answer, const void *row) {
    (void)answer;
    return ((const struct answer_holder *)row)->block;
}

const struct data_table history_table = {
    TABLE(history, "what happened to a span, block or segment"), .of_all = true,
    .is_long = true,
    .columns = {
        COLUMN(answer_history, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "when it happened"),
        COLUMN(answer_history, event, .key = "event", .title = "event",
               .help = "how many events had come"),
        COLUMN(answer_history, what, .key = "what", .title = "what",
               .kind = TABLE_TEXT, .help = "what happened"),
        COLUMN(answer_history, from, .key = "from", .title = "from",
               .kind = TABLE_TEXT, .help = "where the span came from"),
        COLUMN(answer_history, span, .key = "span", .title = "span",
               .kind = TABLE_SMALL, .help = "its number in the trace"),
        {.key = "number",
         .title = "place",
         .kind = TABLE_SMALL,
         .optional = true,
         .small = history_block,
         .help = "of a block: its place in the span, from 0"},
        COLUMN(answer_history, heap, .key = "heap", .title = "heap",
               .kind = TABLE_SMALL, .help = "that has the span then"),
        COLUMN(answer_history, live, .key = "live_blocks", .title = "live",
               .unit = TABLE_COUNT, .kind = TABLE_SMALL,
               .help = "blocks of the span behind it"),
        COLUMN(answer_history, count, .key = "count", .title = "count",
               .unit = TABLE_COUNT,
               .help = "of blocks that were taken back, spans, or rows"),
        COLUMN(answer_history, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES,
               .help = "that the block asked for, or of the pages"),
        COLUMN(answer_history, age_ns, .key = "age_ns", .title = "age",
               .unit = TABLE_NS, .optional = true,
               .help = "of what was freed; how long the first of what was "
                       "taken back had waited"),
        COLUMN(answer_history, thread, .key = "thread", .title = "thread",
               .kind = TABLE_TEXT, .help = "that did it"),
        SITE_COLUMNS(answer_history),
    }};

const struct data_table holders_table = {
    TABLE(holders, "who held a span, block or segment, one after the other"),
    .of_all = true, .is_long = true,
    .columns = {
        COLUMN(answer_holder, what, .key = "what", .title = "what",
               .kind = TABLE_TEXT, .help = "what held it"),
        COLUMN(answer_holder, from_ns, .key = "from_ns", .title = "from",
               .unit = TABLE_NS, .help = "since when"),
        COLUMN(answer_holder, to_ns, .key = "to_ns", .title = "to",
               .unit = TABLE_NS, .help = "until when, or now"),
        COLUMN(answer_holder, held_ns, .key = "held_ns", .title = "for",
               .unit = TABLE_NS, .help = "how long"),
        COLUMN(answer_holder, holds, .key = "holds", .title = "still",
               .kind = TABLE_BOOL, .help = "whether it does now"),
        COLUMN(answer_holder, span, .key = "span", .title = "span",
               .kind = TABLE_SMALL, .help = "its number in the trace"),
        {.key = "number",
         .title = "place",
         .kind = TABLE_SMALL,
         .optional = true,
         .small = holder_block,
         .help = "of a block: its place in the span, from 0"},
        COLUMN(answer_holder, heap, .key = "heap", .title = "heap",
               .kind = TABLE_SMALL, .help = "that had the span"),
        COLUMN(answer_holder, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES, .help = "that the block asked for"),
        COLUMN(answer_holder, thread, .key = "thread", .title = "thread",
               .kind = TABLE_TEXT, .help = "that allocated the block"),
        SITE_COLUMNS(answer_holder),
    }};
