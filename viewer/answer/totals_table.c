// totals_table.c - the table of one row: the sums over the whole program.
#include "viewer/answer/totals_table.h"

#include "viewer/answer/table_columns.h"

static size_t totals_count(const struct answer *a) {
    (void)a;
    return 1;
}
static const void *totals_row(const struct answer *a, size_t i) {
    (void)i;
    return a;
}

const struct data_table totals_table = {
    TABLE(totals, "totals"),
    .columns = {
        COLUMN(answer, duration_ns, .key = "duration_ns", .title = "duration",
               .unit = TABLE_NS, .help = "of the recording"),
        COLUMN(answer, now.time_ns, .key = "at_ns", .title = "at",
               .unit = TABLE_NS, .help = "the moment asked for"),
        COLUMN(answer, now.part_bytes[PART_USED], .key = "used_bytes",
               .title = "used", .unit = TABLE_BYTES,
               .help = "what live blocks asked for"),
        COLUMN(answer, now.held_bytes, .key = "held_bytes", .title = "held",
               .unit = TABLE_BYTES,
               .help = "taken from the system, and not given back"),
        COLUMN(answer, ratio_now, .key = "ratio", .title = "held/used",
               .kind = TABLE_REAL, .help = "held, over used"),
        COLUMN(answer, peak_used_bytes, .key = "peak_used_bytes",
               .scope = TABLE_OF_ALL, .title = "most used", .unit = TABLE_BYTES,
               .help = "at any time"),
        COLUMN(answer, peak_held_bytes, .key = "peak_held_bytes",
               .scope = TABLE_OF_ALL, .title = "most held", .unit = TABLE_BYTES,
               .help = "at any time"),
        COLUMN(answer, now.part_bytes[PART_ROUNDING], .key = "rounding_bytes",
               .title = "rounding", .unit = TABLE_BYTES,
               .help = "what live blocks are larger than asked for"),
        COLUMN(answer, now.part_bytes[PART_SPAN_FREE], .key = "span_free_bytes",
               .title = "free in spans", .unit = TABLE_BYTES,
               .help = "free blocks of spans with a live one"),
        COLUMN(answer, now.part_bytes[PART_DEFERRED], .key = "deferred_bytes",
               .scope = TABLE_OF_ALL, .title = "deferred", .unit = TABLE_BYTES,
               .help = "freed by another thread, not yet taken back"),
        COLUMN(answer, now.part_bytes[PART_OVERHEAD], .key = "overhead_bytes",
               .scope = TABLE_OF_ALL, .title = "overhead", .unit = TABLE_BYTES,
               .help = "headers, and ends of spans"),
        COLUMN(answer, now.part_bytes[PART_EMPTY], .key = "empty_bytes",
               .scope = TABLE_OF_ALL, .title = "empty", .unit = TABLE_BYTES,
               .help = "spans without a block, kept by heaps"),
        COLUMN(answer, now.part_bytes[PART_THREAD_CACHE],
               .key = "thread_cache_bytes", .scope = TABLE_OF_ALL,
               .title = "thread caches", .unit = TABLE_BYTES,
               .help = "empty spans"),
        COLUMN(answer, now.part_bytes[PART_GLOBAL_CACHE],
               .key = "global_cache_bytes", .scope = TABLE_OF_ALL,
               .title = "global cache", .unit = TABLE_BYTES,
               .help = "empty spans"),
        COLUMN(answer, now.part_bytes[PART_SEGMENT], .key = "segment_bytes",
               .scope = TABLE_OF_ALL, .title = "segments", .unit = TABLE_BYTES,
               .help = "space of segments that is in no span"),
        COLUMN(answer, memory, .key = "memory", .scope = TABLE_OF_ALL,
               .title = "memory", .kind = TABLE_TEXT,
               .help = "comes from the system, or an embedder; none: it is not "
                       "told"),
        COLUMN(answer, huge_pages, .key = "huge_pages", .scope = TABLE_OF_ALL,
               .title = "huge pages", .kind = TABLE_TEXT,
               .help = "never, grown (for heaps that have), or always; none: "
                       "it is not told"),
        COLUMN(answer, huge_page_bytes, .key = "huge_page_bytes",
               .scope = TABLE_OF_ALL, .title = "by huge pages",
               .unit = TABLE_BYTES,
               .help = "in memory only because of them, though nobody has used "
                       "it; at the most, without samples of residency"),
        COLUMN(answer, now.part_bytes[PART_SLACK], .key = "slack_bytes",
               .scope = TABLE_OF_ALL, .title = "slack", .unit = TABLE_BYTES,
               .help = "ends of large blocks"),
        COLUMN(answer, free_block_bytes, .key = "pinned_bytes",
               .title = "pinned", .unit = TABLE_BYTES,
               .help = "free bytes that live blocks keep in their spans"),
        COLUMN(answer, now.live_blocks, .key = "live_blocks",
               .title = "live blocks", .unit = TABLE_COUNT, .help = "now"),
        COLUMN(answer, allocations, .key = "allocations", .scope = TABLE_OF_ALL,
               .title = "allocations", .unit = TABLE_COUNT,
               .help = "since the start"),
        COLUMN(answer, frees, .key = "frees", .scope = TABLE_OF_ALL,
               .title = "frees", .unit = TABLE_COUNT,
               .help = "since the start"),
        COLUMN(answer, deferred_frees, .key = "deferred_frees",
               .scope = TABLE_OF_ALL, .title = "of others", .unit = TABLE_COUNT,
               .help = "frees of blocks of other threads' spans"),
        COLUMN(answer, reallocations, .key = "reallocations",
               .scope = TABLE_OF_ALL, .title = "reallocations",
               .unit = TABLE_COUNT, .help = "in place and moved"),
        COLUMN(answer, temporary, .key = "temporary", .scope = TABLE_OF_ALL,
               .title = "temporary", .unit = TABLE_COUNT,
               .help =
                   "blocks freed by their thread before its next allocation"),
        COLUMN(answer, segments, .key = "segments", .scope = TABLE_OF_ALL,
               .title = "segments", .unit = TABLE_COUNT, .help = "mapped"),
        COLUMN(answer, spans_used, .key = "spans_used", .title = "spans",
               .unit = TABLE_COUNT, .help = "in use"),
        COLUMN(answer, events, .key = "events", .title = "events",
               .unit = TABLE_COUNT, .help = "recorded"),
        COLUMN(answer, quality.lost_events, .key = "lost_events",
               .title = "lost", .unit = TABLE_COUNT,
               .help = "events that the recorder could not keep"),
    }};
