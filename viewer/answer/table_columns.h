// table_columns.h - what a table of the answer is written with.
#ifndef RPSCOPE_ANSWER_TABLE_COLUMNS_H
#define RPSCOPE_ANSWER_TABLE_COLUMNS_H

#include "viewer/answer/table.h"

// A place is written without what it does not have, which clang doubts.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wmissing-field-initializers"
#endif

// The rows of a table: which list of the answer `a` they are in, at `i`.
#define TABLE_ROWS(name, list, number)                                         \
    static size_t name##_count(const struct answer *a) {                       \
        return a->number;                                                      \
    }                                                                          \
    static const void *name##_row(const struct answer *a, size_t i) {          \
        return &a->list;                                                       \
    }

#define TABLE(name, words)                                                     \
    .key = #name, .title = (words), .count = name##_count, .row = name##_row

#define COLUMN(of, member, ...)                                                \
    { .offset = offsetof(struct of, member), __VA_ARGS__ }

// Its site, where a row has one of its own.
#define ROW_SITE(of)                                                           \
    COLUMN(of, where.function, .key = "function", .title = "function",         \
           .kind = TABLE_TEXT, .help = "the nearest frame of the user's own"), \
        COLUMN(of, where.file, .key = "file", .title = "file",                 \
               .kind = TABLE_TEXT, .help = "of its source"),                   \
        COLUMN(of, where.line, .key = "line", .title = "line",                 \
               .kind = TABLE_SMALL, .optional = true, .help = "in that file"), \
        COLUMN(of, where.module, .key = "module", .title = "module",           \
               .kind = TABLE_TEXT, .help = "the loaded file it is in"),        \
        COLUMN(of, where.caller, .key = "caller", .title = "caller",           \
               .kind = TABLE_TEXT,                                             \
               .help = "where another site would be called alike")

// A size class.
#define ROW_CLASS(of)                                                          \
    COLUMN(of, block_bytes, .key = "block_bytes", .title = "block",            \
           .unit = TABLE_BYTES, .kind = TABLE_SMALL, .optional = true,         \
           .help = "of the size class; none: large, then huge blocks")

// Where it stands in the report, and on a screen: the place and the width, then
// what else is to be said of it (struct table_place).
#define REPORT(...) .report = {__VA_ARGS__}
#define SCREEN(...) .screen = {__VA_ARGS__}

#endif
