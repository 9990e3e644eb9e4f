// table.c - the tables of an answer, as data.
#include "viewer/answer/table.h"

#include <string.h>

#include "instrument/format/trace_format.h"

// Columns that several tables have, of one and the same structure.
#define COLUMN(of, member, ...)                                                \
    { .offset = offsetof(struct of, member), __VA_ARGS__ }

static const char *class_name(const void *row) {
    uint32_t index = ((const struct answer_class *)row)->index;
    return index == TRACE_CLASS_LARGE  ? "large"
           : index == TRACE_CLASS_HUGE ? "huge"
                                       : "small";
}

static const char *severity_name(const void *row) {
    static const char *const names[] = {"error", "warning", "note"};
    return names[((const struct answer_finding *)row)->severity];
}

static uint32_t site_index(const struct answer *answer, const void *row) {
    return (uint32_t)((const struct answer_site *)row - answer->sites);
}

#define ROWS(name, list, number)                                               \
    static size_t name##_count(const struct answer *a) {                       \
        return a->number;                                                      \
    }                                                                          \
    static const void *name##_row(const struct answer *a, size_t i) {          \
        return &a->list;                                                       \
    }
ROWS(classes, classes[i], class_count)
ROWS(sites, sites[i], site_count)
ROWS(pins, sites[a->pins[i]], pin_count)
ROWS(together, together[i], together_count)
ROWS(heaps, heaps[i], heap_count)
ROWS(threads, threads[i], thread_count)
ROWS(timeline, points[i], point_count)
ROWS(marks, marks[i], mark_count)
ROWS(snapshots, snapshots[i], snapshot_count)
ROWS(findings, findings[i], finding_count)

#define TABLE(name, words)                                                     \
    .key = #name, .title = (words), .count = name##_count, .row = name##_row

// ---- columns of several tables ----

#define SITE_NAME                                                              \
    COLUMN(answer_site, where.function, .key = "function",                     \
           .title = "function", .kind = TABLE_TEXT,                            \
           .help = "the nearest frame of the user's own"),                     \
        COLUMN(answer_site, where.file, .key = "file", .title = "file",        \
               .kind = TABLE_TEXT, .help = "of its source"),                   \
        COLUMN(answer_site, where.line, .key = "line", .title = "line",        \
               .kind = TABLE_SMALL, .optional = true, .help = "in that file"), \
        COLUMN(answer_site, where.module, .key = "module", .title = "module",  \
               .kind = TABLE_TEXT, .help = "the loaded file it is in")

#define LIVE_BLOCKS                                                            \
    COLUMN(answer_site, counts.live_blocks, .key = "live_blocks",              \
           .title = "blocks", .unit = TABLE_COUNT, .help = "live now")
#define LIVE_BYTES                                                             \
    COLUMN(answer_site, counts.live_bytes, .key = "live_bytes",                \
           .title = "live data", .unit = TABLE_BYTES,                          \
           .help = "what its live blocks asked for")

#define PIN_COUNTS                                                             \
    COLUMN(answer_site, counts.share_bytes, .key = "share_bytes",              \
           .title = "share", .unit = TABLE_BYTES,                              \
           .help = "free bytes of the spans its blocks live in, split evenly " \
                   "among the live blocks there"),                             \
        COLUMN(answer_site, counts.alone_bytes, .key = "alone_bytes",          \
               .title = "alone", .unit = TABLE_BYTES,                          \
               .help = "free bytes of spans where no other site has a block"), \
        COLUMN(answer_site, counts.moved_bytes, .key = "moved_bytes",          \
               .title = "if moved", .unit = TABLE_BYTES, .kind = TABLE_SIGNED, \
               .help = "estimate: saved by packing those blocks densely "      \
                       "elsewhere"),                                           \
        COLUMN(answer_site, counts.spans, .key = "spans", .title = "spans",    \
               .unit = TABLE_COUNT, .help = "with live blocks of the site"),   \
        COLUMN(answer_site, counts.alone_spans, .key = "alone_spans",          \
               .title = "alone spans", .unit = TABLE_COUNT,                    \
               .help = "with live blocks of this site only"),                  \
        COLUMN(answer_site, counts.share_mean, .key = "share_mean_bytes",      \
               .title = "mean share", .unit = TABLE_BYTES, .kind = TABLE_MEAN, \
               .help = "the share in the mean over time")

#define FRAMES                                                                 \
    COLUMN(answer_site, first_stack, .key = "frames", .title = "stack",        \
           .kind = TABLE_FRAMES,                                               \
           .help = "the exact stack of the site that matters most")

// ---- the tables ----

static const struct data_table classes = {
    TABLE(classes, "size classes"),
    .columns = {
        COLUMN(answer_class, index, .key = "index", .title = "class",
               .kind = TABLE_SMALL, .help = "its number in the allocator"),
        {.key = "name",
         .title = "name",
         .kind = TABLE_TEXT,
         .text = class_name,
         .help = "small: blocks of one size; large: runs of spans; huge: "
                 "memory of its own"},
        COLUMN(answer_class, block_bytes, .key = "block_bytes",
               .title = "block", .unit = TABLE_BYTES, .kind = TABLE_SMALL,
               .optional = true, .help = "size of a block"),
        COLUMN(answer_class, blocks_per_span, .key = "blocks_per_span",
               .title = "a span", .unit = TABLE_COUNT, .kind = TABLE_SMALL,
               .optional = true, .help = "blocks that a span has room for"),
        COLUMN(answer_class, spans, .key = "spans", .title = "spans",
               .unit = TABLE_COUNT, .help = "in heaps"),
        COLUMN(answer_class, part_spans, .key = "part_spans", .title = "part",
               .unit = TABLE_COUNT,
               .help = "of these, with live and free blocks"),
        COLUMN(answer_class, empty_spans, .key = "empty_spans",
               .title = "empty", .unit = TABLE_COUNT,
               .help = "of these, kept by a heap without a block"),
        COLUMN(answer_class, live_blocks, .key = "live_blocks", .title = "live",
               .unit = TABLE_COUNT, .help = "blocks now"),
        COLUMN(answer_class, deferred_blocks, .key = "deferred_blocks",
               .title = "deferred", .unit = TABLE_COUNT,
               .help = "freed by another thread, not yet taken back"),
        COLUMN(answer_class, used_bytes, .key = "used_bytes", .title = "used",
               .unit = TABLE_BYTES, .help = "what live blocks asked for"),
        COLUMN(answer_class, rounding_bytes, .key = "rounding_bytes",
               .title = "rounding", .unit = TABLE_BYTES,
               .help = "what live blocks are larger than that"),
        COLUMN(answer_class, free_bytes, .key = "free_bytes", .title = "free",
               .unit = TABLE_BYTES, .help = "free blocks of spans in use"),
        COLUMN(answer_class, allocations, .key = "allocations",
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "since the start"),
        COLUMN(answer_class, frees, .key = "frees", .title = "frees",
               .unit = TABLE_COUNT, .help = "since the start"),
        COLUMN(answer_class, peak_live_blocks, .key = "peak_live_blocks",
               .title = "most live", .unit = TABLE_COUNT,
               .help = "blocks at one time"),
        COLUMN(answer_class, compactable_spans, .key = "compactable_spans",
               .title = "compactable", .unit = TABLE_COUNT,
               .help = "spans that moving blocks within the class could at "
                       "most free"),
        COLUMN(answer_class, fullness, .key = "fullness", .title = "by fill",
               .unit = TABLE_COUNT, .kind = TABLE_LIST,
               .length = ANSWER_FULLNESS_BINS,
               .help = "spans with one block, up to 10 %, 25 %, 50 %, 75 %, "
                       "less than 100 %, full"),
    }};

static const struct data_table sites = {
    TABLE(sites, "call sites"),
    .columns = {
        SITE_NAME,
        COLUMN(answer_site, stack_count, .key = "stacks", .title = "stacks",
               .unit = TABLE_COUNT, .help = "exact ones that the site has"),
        LIVE_BLOCKS,
        LIVE_BYTES,
        COLUMN(answer_site, counts.rounding_bytes, .key = "rounding_bytes",
               .title = "rounding", .unit = TABLE_BYTES,
               .help = "what its live blocks are larger than that"),
        COLUMN(answer_site, counts.allocations, .key = "allocations",
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "since the start"),
        COLUMN(answer_site, counts.frees, .key = "frees", .title = "frees",
               .unit = TABLE_COUNT, .help = "since the start"),
        COLUMN(answer_site, counts.allocated_bytes, .key = "allocated_bytes",
               .title = "allocated", .unit = TABLE_BYTES,
               .help = "since the start"),
        COLUMN(answer_site, counts.temporary, .key = "temporary",
               .title = "temporary", .unit = TABLE_COUNT,
               .help = "freed by its thread before its next allocation"),
        COLUMN(answer_site, counts.peak_used_bytes, .key = "at_peak_used_bytes",
               .title = "at peak", .unit = TABLE_BYTES,
               .help = "live when the program used most"),
        PIN_COUNTS,
        FRAMES,
    }};

static const struct data_table pins = {
    TABLE(pins, "pins: whose blocks keep free memory from being given back"),
    .columns = {
        {.key = "site",
         .title = "site",
         .kind = TABLE_SMALL,
         .small = site_index,
         .help = "row in the table of call sites, from 0"},
        SITE_NAME,
        PIN_COUNTS,
        LIVE_BLOCKS,
        LIVE_BYTES,
        FRAMES,
    }};

static const struct data_table together = {
    TABLE(together, "sites that together keep most"),
    .columns = {
        COLUMN(answer_together, site, .key = "site", .title = "site",
               .kind = TABLE_SMALL, .help = "row in the table of call sites"),
        COLUMN(answer_together, bytes, .key = "bytes", .title = "free",
               .unit = TABLE_BYTES,
               .help = "what this site and those above free together"),
    }};

static const struct data_table heaps = {
    TABLE(heaps, "heaps: a heap is one thread's memory"),
    .columns = {
        COLUMN(answer_heap, number, .key = "number", .title = "heap",
               .kind = TABLE_SMALL, .help = "its number in the allocator"),
        COLUMN(answer_heap, orphan, .key = "orphan", .title = "orphan",
               .kind = TABLE_BOOL, .help = "no thread has it now"),
        COLUMN(answer_heap, thread, .key = "thread", .title = "thread",
               .kind = TABLE_TEXT, .help = "that has it, or had it last"),
        COLUMN(answer_heap, thread_id, .key = "thread_id", .title = "id",
               .kind = TABLE_SMALL, .help = "of that thread; 0: not known"),
        COLUMN(answer_heap, used_bytes, .key = "used_bytes", .title = "used",
               .unit = TABLE_BYTES, .help = "in live blocks of its spans"),
        COLUMN(answer_heap, held_bytes, .key = "held_bytes", .title = "held",
               .unit = TABLE_BYTES, .help = "its spans and thread cache"),
        COLUMN(answer_heap, free_bytes, .key = "free_bytes", .title = "free",
               .unit = TABLE_BYTES, .help = "free blocks of spans in use"),
        COLUMN(answer_heap, deferred_bytes, .key = "deferred_bytes",
               .title = "to take back", .unit = TABLE_BYTES,
               .help = "freed by other threads"),
        COLUMN(answer_heap, cache_bytes, .key = "cache_bytes",
               .title = "thread cache", .unit = TABLE_BYTES,
               .help = "empty spans kept"),
        COLUMN(answer_heap, spans, .key = "spans", .title = "spans",
               .unit = TABLE_COUNT, .help = "in use"),
    }};

static const struct data_table threads = {
    TABLE(threads, "threads"),
    .columns = {
        COLUMN(answer_thread, ring, .key = "ring", .title = "ring",
               .kind = TABLE_SMALL, .help = "its stream of events"),
        COLUMN(answer_thread, thread_id, .key = "thread_id", .title = "id",
               .kind = TABLE_SMALL, .help = "of the system; 0: not known"),
        COLUMN(answer_thread, name, .key = "name", .title = "name",
               .kind = TABLE_TEXT, .help = "as the thread was called last"),
        COLUMN(answer_thread, start_ns, .key = "start_ns", .title = "start",
               .unit = TABLE_NS, .help = "time of its first event"),
        COLUMN(answer_thread, end_ns, .key = "end_ns", .title = "end",
               .unit = TABLE_NS, .help = "time of its last event"),
        COLUMN(answer_thread, events, .key = "events", .title = "events",
               .unit = TABLE_COUNT, .help = "of any kind"),
        COLUMN(answer_thread, allocations, .key = "allocations",
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "by the thread"),
        COLUMN(answer_thread, allocated_bytes, .key = "allocated_bytes",
               .title = "allocated", .unit = TABLE_BYTES,
               .help = "by the thread"),
        COLUMN(answer_thread, frees, .key = "frees", .title = "frees",
               .unit = TABLE_COUNT, .help = "by the thread"),
        COLUMN(answer_thread, deferred_frees, .key = "deferred_frees",
               .title = "of others", .unit = TABLE_COUNT,
               .help = "frees of blocks of other threads' spans"),
    }};

static const struct data_table timeline = {
    TABLE(timeline, "used and held over time"),
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

static const struct data_table marks = {
    TABLE(marks, "marks"),
    .columns = {
        COLUMN(answer_mark, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "when it was set"),
        COLUMN(answer_mark, text, .key = "text", .title = "mark",
               .kind = TABLE_TEXT, .help = "what it says"),
    }};

static const struct data_table snapshots = {
    TABLE(snapshots, "snapshots"),
    .columns = {
        COLUMN(answer_snapshot, number, .key = "number", .title = "N",
               .help = "report --at snapshot-N shows it"),
        COLUMN(answer_snapshot, time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "when it was taken"),
        COLUMN(answer_snapshot, has_state, .key = "has_state", .title = "state",
               .kind = TABLE_BOOL, .help = "the trace tells the state of then"),
        COLUMN(answer_snapshot, held_bytes, .key = "held_bytes",
               .title = "held", .unit = TABLE_BYTES, .help = "then"),
        COLUMN(answer_snapshot, used_bytes, .key = "used_bytes",
               .title = "used", .unit = TABLE_BYTES, .help = "then"),
        COLUMN(answer_snapshot, live_blocks, .key = "live_blocks",
               .title = "live blocks", .unit = TABLE_COUNT, .help = "then"),
        COLUMN(answer_snapshot, checked, .key = "classes_checked",
               .title = "compared", .unit = TABLE_COUNT,
               .help = "size classes that the recorder counted, too"),
        COLUMN(answer_snapshot, mismatches, .key = "classes_differ",
               .title = "differ", .unit = TABLE_COUNT, .help = "of these"),
    }};

static uint32_t finding_site(const struct answer *answer, const void *row) {
    (void)answer;
    return ((const struct answer_finding *)row)->site;
}

static const struct data_table findings = {
    TABLE(findings, "findings"),
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
    }};

const struct data_table *const data_tables[] = {
    &classes,  &sites, &pins,      &together, &heaps, &threads,
    &timeline, &marks, &snapshots, &findings, NULL};

const struct data_table *data_table(const char *key) {
    for (size_t i = 0; data_tables[i]; i++)
        if (strcmp(data_tables[i]->key, key) == 0)
            return data_tables[i];
    return NULL;
}

struct table_value table_value(const struct answer *answer,
                               const struct table_column *column,
                               const void *row) {
    const void *at = (const char *)row + column->offset;
    struct table_value value = {.known = true};
    switch (column->kind) {
    case TABLE_NUMBER:
    case TABLE_FRAMES:
        value.number = *(const uint64_t *)at;
        break;
    case TABLE_SMALL:
        value.number =
            column->small ? column->small(answer, row) : *(const uint32_t *)at;
        break;
    case TABLE_SIGNED:
        value.signed_number = *(const int64_t *)at;
        break;
    case TABLE_MEAN:
        value.number = (uint64_t) * (const double *)at;
        break;
    case TABLE_BOOL:
        value.number = *(const bool *)at;
        break;
    case TABLE_TEXT:
        value.text =
            column->text ? column->text(row) : *(const char *const *)at;
        value.known = value.text != NULL;
        break;
    case TABLE_LIST:
        value.list = at;
        value.number = value.list[0];
        break;
    }
    // A site that is none has the highest number.
    if (column->optional)
        value.known = column->small ? value.number != (uint32_t)ANSWER_NONE
                                    : value.number != 0;
    return value;
}
