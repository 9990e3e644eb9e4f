// time_tables.c - the tables of what happened when: timeline, marks, snapshots,
// findings.
#include "viewer/answer/time_tables.h"

#include <stdio.h>

#include "viewer/answer/table_columns.h"

TABLE_ROWS(timeline, points[i], point_count)
TABLE_ROWS(marks, marks[i], mark_count)
TABLE_ROWS(snapshots, snapshots[i], snapshot_count)
TABLE_ROWS(findings, findings[i], finding_count)

const struct data_table timeline_table = {
    TABLE(timeline, "used and held over time"), .of_all = true,
    .columns = {
        COLUMN(timeline_point, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "end of the step"),
        COLUMN(timeline_point, used_bytes, .key = "used_bytes", .title = "used",
               .unit = TABLE_BYTES, .help = "then"),
        COLUMN(timeline_point, held_bytes, .key = "held_bytes", .title = "held",
               .unit = TABLE_BYTES, .help = "then"),
        COLUMN(timeline_point, used_max, .key = "used_max_bytes",
               .title = "most used", .unit = TABLE_BYTES,
               .help = "within the step"),
        COLUMN(timeline_point, held_max, .key = "held_max_bytes",
               .title = "most held", .unit = TABLE_BYTES,
               .help = "within the step"),
        COLUMN(timeline_point, allocations, .key = "allocations",
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "within the step"),
    }};

const struct data_table marks_table = {
    TABLE(marks, "marks"), .of_all = true,
    .columns = {
        COLUMN(answer_mark, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "when it was set"),
        COLUMN(answer_mark, text, .key = "text", .title = "mark",
               .kind = TABLE_TEXT, .help = "what it says"),
    }};

static void say_counted(const void *row, enum table_reader reader, char *out,
                        size_t size) {
    const struct answer_snapshot *s = row;
    (void)reader;
    if (s->checked > 0)
        snprintf(out, size, "%s compared, %s differ",
                 number_exact(s->checked).text,
                 number_exact(s->mismatches).text);
    else
        snprintf(out, size, "none");
}

const struct data_table snapshots_table = {
    TABLE(snapshots, "snapshots"), .of_all = true,
    .columns =
        {
            COLUMN(answer_snapshot, number, .key = "number", .title = "N",
                   REPORT(1, 4), .help = "report --at snapshot-N shows it"),
            COLUMN(answer_snapshot, time_ns, .key = "at_ns", .title = "at",
                   .unit = TABLE_NS, REPORT(2, 10),
                   .help = "when it was taken"),
            COLUMN(answer_snapshot, has_state, .key = "has_state",
                   .title = "state", .kind = TABLE_BOOL,
                   .help = "the trace tells the state of then"),
            COLUMN(answer_snapshot, held_bytes, .key = "held_bytes",
                   .title = "held", .unit = TABLE_BYTES, REPORT(4, 10),
                   .help = "then"),
            COLUMN(answer_snapshot, used_bytes, .key = "used_bytes",
                   .title = "used", .unit = TABLE_BYTES, REPORT(3, 10),
                   .help = "then"),
            COLUMN(answer_snapshot, live_blocks, .key = "live_blocks",
                   .title = "live blocks", .unit = TABLE_COUNT,
                   REPORT(5, 12, .exact = true), .help = "then"),
            COLUMN(answer_snapshot, checked, .key = "classes_checked",
                   .title = "compared", .unit = TABLE_COUNT,
                   .help = "size classes that the recorder counted, too"),
            COLUMN(answer_snapshot, mismatches, .key = "classes_differ",
                   .title = "differ", .unit = TABLE_COUNT, .help = "of these"),
        },
    .shown = {
        {.key = "counted",
         .title = "size classes that the recorder counted, too",
         .kind = TABLE_SAID,
         .left = true,
         .say = say_counted,
         REPORT(6)},
    }};

static const char *severity_name(const void *row) {
    static const char *const names[] = {"error", "warning", "note"};
    return names[((const struct answer_finding *)row)->severity];
}

static uint32_t finding_site(const struct answer *answer, const void *row) {
    (void)answer;
    return ((const struct answer_finding *)row)->site;
}

const struct data_table findings_table = {
    TABLE(findings, "findings"), .of_all = true,
    .columns = {
        {.key = "severity",
         .title = "severity",
         .kind = TABLE_TEXT,
         .text = severity_name,
         .help = "error, warning or note"},
        COLUMN(answer_finding, kind, .key = "kind", .title = "kind",
               .kind = TABLE_TEXT, .help = "what it is about"),
        COLUMN(answer_finding, certain, .key = "certain", .title = "certain",
               .kind = TABLE_BOOL, .help = "else it is likely"),
        COLUMN(answer_finding, count, .key = "count", .title = "count",
               .unit = TABLE_COUNT, .help = "how often"),
        COLUMN(answer_finding, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "of the first"),
        COLUMN(answer_finding, thread, .key = "thread", .title = "thread",
               .kind = TABLE_TEXT, .help = "of the first"),
        {.key = "site",
         .title = "site",
         .kind = TABLE_SMALL,
         .optional = true,
         .small = finding_site,
         .help = "row in the table of call sites, from 0"},
        COLUMN(answer_finding, text, .key = "text", .title = "finding",
               .kind = TABLE_TEXT, .help = "one sentence"),
        COLUMN(answer_finding, details, .key = "details", .title = "details",
               .kind = TABLE_TEXT,
               .help = "of a heap bug: all that was told of it"),
    }};
