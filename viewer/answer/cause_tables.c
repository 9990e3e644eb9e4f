// cause_tables.c - the tables of what keeps memory, and of what to do.
#include "viewer/answer/cause_tables.h"

#include <stdio.h>

#include "viewer/answer/table_columns.h"

TABLE_ROWS(causes, causes[i], cause_count)

static size_t keepers_count(const struct answer *a) {
    (void)a;
    return KEEPERS;
}
static const void *keepers_row(const struct answer *a, size_t i) {
    return &a->keepers[i];
}

static uint32_t cause_site(const struct answer *answer, const void *row) {
    (void)answer;
    return ((const struct answer_cause *)row)->site;
}

static void say_cause(const void *row, enum table_reader reader, char *out,
                      size_t size) {
    const struct answer_cause *cause = row;
    (void)reader;
    snprintf(out, size, "%s%s%s%s", cause->kind, cause->certain ? "" : "?",
             cause->who ? ": " : "", cause->who ? cause->who : "");
}

static double order_cause(const void *row) {
    return (double)((const struct answer_cause *)row)->back_bytes;
}

const struct data_table causes_table = {
    TABLE(causes, "why more is held than used: what will happen when it is "
                  "cured"),
    .of_all = true,
    .columns =
        {
            COLUMN(answer_cause, kind, .key = "kind", .title = "kind",
                   .kind = TABLE_TEXT,
                   .help = "pin, shared pin, segment pin, thread cache, global "
                           "cache, deferred, rounding, leak, growth"),
            COLUMN(answer_cause, certain, .key = "certain", .title = "certain",
                   .kind = TABLE_BOOL, .help = "else it is likely"),
            COLUMN(answer_cause, who, .key = "who", .title = "who",
                   .kind = TABLE_TEXT,
                   .help = "the call sites together, or the heap"),
            {.key = "site",
             .title = "site",
             .kind = TABLE_SMALL,
             .optional = true,
             .small = cause_site,
             .help = "the first of them: row in the table of call sites, from "
                     "0"},
            COLUMN(answer_cause, site_count, .key = "sites", .title = "sites",
                   .kind = TABLE_SMALL, .help = "how many, together"),
            COLUMN(answer_cause, keeps_bytes, .key = "keeps_bytes",
                   .title = "kept", .unit = TABLE_BYTES,
                   .help = "in all, by causes of this kind"),
            COLUMN(answer_cause, free_bytes, .key = "free_bytes",
                   .title = "becomes free", .unit = TABLE_BYTES,
                   .help = "for any size", REPORT(2, 12)),
            COLUMN(answer_cause, back_bytes, .key = "back_bytes",
                   .title = "goes back", .unit = TABLE_BYTES,
                   .help = "so much less is held after the cure",
                   REPORT(1, 10)),
            COLUMN(answer_cause, back_most_bytes, .key = "back_most_bytes",
                   .title = "at most", .unit = TABLE_BYTES,
                   .help = "the same where it depends on one segment more"),
            COLUMN(answer_cause, resident_bytes, .key = "resident_bytes",
                   .title = "in memory", .unit = TABLE_BYTES,
                   .help = "so much less, as far as it is known"),
            COLUMN(answer_cause, collect_bytes, .key = "collect_bytes",
                   .title = "collected", .unit = TABLE_BYTES,
                   .help = "goes back without the cure, by pages, when every "
                           "thread collects"),
            COLUMN(answer_cause, move_bytes, .key = "move_bytes",
                   .title = "moved", .unit = TABLE_BYTES,
                   .help = "goes back without it when each block moves for "
                           "which rpmalloc_should_move says so"),
            COLUMN(answer_cause, move_most_bytes, .key = "move_most_bytes",
                   .title = "at most", .unit = TABLE_BYTES,
                   .help = "the same, at the most"),
            COLUMN(answer_cause, says, .key = "says", .title = "says",
                   .kind = TABLE_TEXT, .help = "what it is"),
            COLUMN(answer_cause, cure, .key = "cure", .title = "cure",
                   .kind = TABLE_TEXT, .help = "what to do, and what it saves"),
            COLUMN(answer_cause, also, .key = "also", .title = "also",
                   .kind = TABLE_TEXT,
                   .help = "what to do instead for less; or none"),
            COLUMN(answer_cause, code, .key = "code", .title = "code",
                   .kind = TABLE_TEXT, .help = "of the cure; or none"),
        },
    .shown = {
        {.key = "cause",
         .title = "cause",
         .kind = TABLE_SAID,
         .left = true,
         .say = say_cause,
         .order = order_cause,
         REPORT(3, 68)},
    }};

const struct data_table keepers_table = {
    TABLE(keepers, "what keeps what is held and not used"), .of_all = true,
    .columns = {
        COLUMN(answer_keeper, key, .key = "keeper", .title = "keeper",
               .kind = TABLE_TEXT, .help = "its name for machines"),
        COLUMN(answer_keeper, name, .key = "name", .title = "name",
               .kind = TABLE_TEXT, .help = "as in the verdict"),
        COLUMN(answer_keeper, bytes, .key = "bytes", .title = "bytes",
               .unit = TABLE_BYTES,
               .help = "kept; the sum is what is held less what is used"),
        COLUMN(answer_keeper, back_bytes, .key = "back_bytes",
               .title = "goes back", .unit = TABLE_BYTES,
               .help = "of these, when every thread collects"),
        COLUMN(answer_keeper, cure, .key = "cure", .title = "cure",
               .kind = TABLE_TEXT, .help = "who can make it less and how"),
    }};
