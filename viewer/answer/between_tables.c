// between_tables.c - the tables of what happened between two moments: by call
// site, by size class, what was pinned, and where the held bytes were.
#include "viewer/answer/between_tables.h"

#include "viewer/answer/heap_tables.h"
#include "viewer/answer/table_columns.h"

TABLE_ROWS(between, range.sites[i], range.site_count)
TABLE_ROWS(between_classes, range.classes[i], range.class_count)
TABLE_ROWS(between_pins, range.sites[i], range.site_count)

static size_t between_parts_count(const struct answer *a) {
    return a->has_since ? PARTS : 0;
}
static const void *between_parts_row(const struct answer *a, size_t i) {
    return &a->range.parts[i];
}

// ---- columns of several tables ----

#define COUNTS(of)                                                             \
    COLUMN(of, counts.births, .key = "births", .title = "births",              \
           .unit = TABLE_COUNT, SCREEN(4, 8, "born", .rank = 3),               \
           .help = "allocations between them"),                                \
        COLUMN(of, counts.deaths, .key = "deaths", .title = "deaths",          \
               .unit = TABLE_COUNT, SCREEN(5, 8, "freed", .rank = 4),          \
               .help = "frees between them"),                                  \
        COLUMN(of, counts.survivors, .key = "survivors", .title = "survivors", \
               .unit = TABLE_COUNT, SCREEN(6, 8, "survive", .rank = 5),        \
               .help = "born between them, and alive at the later one"),       \
        COLUMN(of, counts.survivor_bytes, .key = "survivor_bytes",             \
               .title = "survive", .unit = TABLE_BYTES,                        \
               SCREEN(7, 9, "survive", .under = "bytes", .rank = 2),           \
               .help = "what these asked for"),                                \
        COLUMN(                                                                \
            of, counts.growth_blocks, .key = "growth_blocks",                  \
            .title = "more blocks", .unit = TABLE_COUNT, .kind = TABLE_SIGNED, \
            SCREEN(3, 8, "growth", .under = "blocks", .rank = 6),              \
            .help = "live blocks of the later moment less the earlier one's"), \
        COLUMN(of, counts.growth_bytes, .key = "growth_bytes",                 \
               .title = "growth", .unit = TABLE_BYTES, .kind = TABLE_SIGNED,   \
               SCREEN(2, 10, .under = "bytes"),                                \
               .help = "the same, in what they asked for")

#define CALL_SITE(under_)                                                      \
    COLUMN(answer_between, where, .key = "site", .title = "call site",         \
           .kind = TABLE_SITE,                                                 \
           SCREEN(1, 34, .under = (under_), .ascending = true))

// ---- the tables ----

const struct data_table between_table = {
    TABLE(between, "what happened between two moments, by call site"),
    .is_long = true, .is_of_range = true,
    .columns =
        {
            ROW_SITE(answer_between),
            COUNTS(answer_between),
            COLUMN(answer_between, counts.birth_bytes, .key = "birth_bytes",
                   .title = "born", .unit = TABLE_BYTES,
                   .help = "what the births asked for"),
        },
    .shown = {CALL_SITE("innermost function of your code")}};

static void say_class(const void *row, enum table_reader reader, char *out,
                      size_t size) {
    const struct answer_between_class *c = row;
    const struct answer_class class = {.index = c->index,
                                       .block_bytes = c->block_bytes};
    table_class_name(&class, reader, out, size);
}

// Large and huge ones have the highest numbers.
static double class_order(const void *row) {
    return ((const struct answer_between_class *)row)->index;
}

const struct data_table between_classes_table = {
    TABLE(between_classes, "what happened between two moments, by size class"),
    .is_long = true, .is_of_range = true,
    .columns =
        {
            COLUMN(answer_between_class, index, .key = "class",
                   .title = "class", .kind = TABLE_SMALL,
                   .help = "its number in the allocator"),
            ROW_CLASS(answer_between_class),
            COUNTS(answer_between_class),
            COLUMN(answer_between_class, spans_growth, .key = "spans_growth",
                   .scope = TABLE_OF_ALL, .title = "more spans",
                   .unit = TABLE_COUNT, .kind = TABLE_SIGNED,
                   SCREEN(8, 8, "growth", .under = "spans", .rank = 7),
                   .help = "in heaps, at the later moment less the earlier"),
            COLUMN(answer_between_class, free_growth,
                   .key = "free_growth_bytes", .scope = TABLE_OF_ALL,
                   .title = "more free", .unit = TABLE_BYTES,
                   .kind = TABLE_SIGNED,
                   SCREEN(9, 10, "growth", .under = "free", .rank = 1),
                   .help = "the same of free blocks in spans in use"),
        },
    .shown = {{.key = "block",
               .title = "block size",
               .kind = TABLE_SAID,
               .say = say_class,
               .order = class_order,
               SCREEN(1, 10, .ascending = true)}}};

const struct data_table between_pins_table = {
    TABLE(between_pins, "what call sites pinned between two moments"),
    .is_long = true, .is_of_range = true,
    .columns =
        {
            ROW_SITE(answer_between),
            COLUMN(answer_between, share_mean, .key = "share_mean_bytes",
                   .scope = TABLE_OF_SITES, .title = "mean share",
                   .unit = TABLE_BYTES, .kind = TABLE_MEAN,
                   SCREEN(2, 9, "share", .under = "mean"),
                   .help = "the share in the mean between them"),
            COLUMN(answer_between, share_before, .key = "share_before_bytes",
                   .scope = TABLE_OF_SITES, .title = "before",
                   .unit = TABLE_BYTES, .kind = TABLE_MEAN,
                   SCREEN(3, 9, "share", .under = "before"),
                   .help = "the share at the earlier moment"),
            COLUMN(answer_between, share_after, .key = "share_after_bytes",
                   .scope = TABLE_OF_SITES, .title = "after",
                   .unit = TABLE_BYTES, .kind = TABLE_MEAN,
                   SCREEN(4, 9, "share", .under = "after"),
                   .help = "the share at the later moment"),
            COLUMN(answer_between, share_growth, .key = "share_growth_bytes",
                   .scope = TABLE_OF_SITES, .title = "growth",
                   .unit = TABLE_BYTES, .kind = TABLE_SIGNED,
                   SCREEN(5, 10, "growth", .under = "of share", .rank = 1),
                   .help = "after less before"),
            COLUMN(answer_between, counts.survivors, .key = "survivors",
                   .title = "survivors", .unit = TABLE_COUNT,
                   SCREEN(6, 8, "survive", .rank = 3),
                   .help = "blocks born between them, and alive at the later"),
            COLUMN(answer_between, counts.survivor_bytes,
                   .key = "survivor_bytes", .title = "survive",
                   .unit = TABLE_BYTES,
                   SCREEN(7, 9, "survive", .under = "bytes", .rank = 2),
                   .help = "what these asked for"),
        },
    .shown = {CALL_SITE("whose blocks keep the rest of their spans")}};

const struct data_table between_parts_table = {
    TABLE(between_parts, "parts of the held bytes at two moments"),
    .of_all = true, .is_long = true, .is_of_range = true,
    .columns = {
        COLUMN(answer_between_part, key, .key = "part", .title = "part",
               .kind = TABLE_TEXT, .help = "its name for machines"),
        COLUMN(answer_between_part, name, .key = "name", .title = "name",
               .kind = TABLE_TEXT, .help = "as in the report"),
        COLUMN(answer_between_part, before_bytes, .key = "before_bytes",
               .title = "before", .unit = TABLE_BYTES,
               .help = "at the earlier moment"),
        COLUMN(answer_between_part, after_bytes, .key = "after_bytes",
               .title = "after", .unit = TABLE_BYTES,
               .help = "at the later moment"),
        COLUMN(answer_between_part, growth_bytes, .key = "growth_bytes",
               .title = "growth", .unit = TABLE_BYTES, .kind = TABLE_SIGNED,
               .help = "after less before"),
        COLUMN(answer_between_part, mean_bytes, .key = "mean_bytes",
               .title = "mean", .unit = TABLE_BYTES, .kind = TABLE_MEAN,
               .help = "in the mean between them"),
    }};
