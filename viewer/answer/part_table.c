// part_table.c - the table of the parts of the held bytes.
#include "viewer/answer/part_table.h"

#include "viewer/answer/table_columns.h"

static size_t parts_count(const struct answer *a) {
    (void)a;
    return PARTS;
}
static const void *parts_row(const struct answer *a, size_t i) {
    return &a->parts[i];
}

const struct data_table parts_table = {
    TABLE(parts, "parts of the held bytes: where they are, and what to do"),
    .columns = {
        COLUMN(answer_part, key, .key = "part", .title = "part",
               .kind = TABLE_TEXT, .help = "its name for machines"),
        COLUMN(answer_part, name, .key = "name", .title = "name",
               .kind = TABLE_TEXT, .help = "as in the report"),
        COLUMN(answer_part, now_bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES, .help = "now"),
        COLUMN(answer_part, peak_held_bytes, .key = "at_peak_held_bytes",
               .scope = TABLE_OF_ALL, .title = "at most held",
               .unit = TABLE_BYTES, .help = "when the program held most"),
        COLUMN(answer_part, peak_used_bytes, .key = "at_peak_used_bytes",
               .scope = TABLE_OF_ALL, .title = "at most used",
               .unit = TABLE_BYTES, .help = "when the program used most"),
        COLUMN(answer_part, mean_bytes, .key = "mean_bytes",
               .scope = TABLE_OF_ALL, .title = "mean", .unit = TABLE_BYTES,
               .kind = TABLE_MEAN, .help = "over time, up to now"),
        COLUMN(answer_part, meaning, .key = "meaning", .title = "meaning",
               .kind = TABLE_TEXT, .help = "what these bytes are"),
        COLUMN(answer_part, cure, .key = "cure", .title = "cure",
               .kind = TABLE_TEXT,
               .help = "who can make it less and how, and the table to look "
                       "at next"),
    }};
