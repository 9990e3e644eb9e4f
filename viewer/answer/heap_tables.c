// heap_tables.c - the tables of what the heap is made of: size classes, heaps,
// threads.
#include "viewer/answer/heap_tables.h"

#include <stdio.h>

#include "instrument/format/trace_format.h"
#include "viewer/answer/table_columns.h"

TABLE_ROWS(classes, classes[i], class_count)
TABLE_ROWS(heaps, heaps[i], heap_count)
TABLE_ROWS(threads, threads[i], thread_count)

// ---- size classes ----

static const char *class_name(const void *row) {
    uint32_t index = ((const struct answer_class *)row)->index;
    return index == TRACE_CLASS_LARGE  ? "large"
           : index == TRACE_CLASS_HUGE ? "huge"
                                       : "small";
}

void table_class_name(const void *row, enum table_reader reader, char *out,
                      size_t size) {
    const struct answer_class *c = row;
    if (c->block_bytes == 0)
        snprintf(out, size, "%s", class_name(row));
    else if (reader == TABLE_REPORT)
        snprintf(out, size, "%s", number_iec(c->block_bytes).text);
    else
        snprintf(out, size, "%s B", number_exact(c->block_bytes).text);
}

// Large and huge come after all sizes.
static double class_order(const void *row) {
    const struct answer_class *c = row;
    return c->block_bytes ? (double)c->block_bytes
                          : 1e12 + (c->index == TRACE_CLASS_HUGE);
}

static bool has_size(const void *row) {
    return ((const struct answer_class *)row)->block_bytes > 0;
}

static bool has_spans(const void *row) {
    return has_size(row) && ((const struct answer_class *)row)->spans > 0;
}

// The sparse ones.
static double fullness_order(const void *row) {
    const uint64_t *bins = ((const struct answer_class *)row)->fullness;
    return (double)(bins[0] + bins[1] + bins[2]);
}

static struct table_part filled(const struct answer *answer, const void *row) {
    const struct answer_class *c = row;
    (void)answer;
    return (struct table_part){(double)c->live_blocks,
                               (double)c->spans * (double)c->blocks_per_span,
                               2};
}

// The same of the spans with a block.
static struct table_part full(const struct answer *answer, const void *row) {
    const struct answer_class *c = row;
    (void)answer;
    return (struct table_part){
        (double)c->live_blocks,
        (double)((c->spans - c->empty_spans) * c->blocks_per_span), 0};
}

const struct data_table classes_table =
    {TABLE(classes, "size classes"),
     .columns =
         {
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
                    .optional = true,
                    .help = "blocks that a span has room for"),
             COLUMN(answer_class, spans, .key = "spans", .title = "spans",
                    .unit = TABLE_COUNT, REPORT(2, 7),
                    SCREEN(2, 7, .under = "in use", .rank = 4),
                    .help = "in heaps"),
             COLUMN(answer_class, part_spans, .key = "part_spans",
                    .scope = TABLE_OF_ALL, .title = "part", .unit = TABLE_COUNT,
                    .applies = has_size, REPORT(3, 7),
                    SCREEN(3, 6, .under = "full", .rank = 5),
                    .help = "of these, with live and free blocks"),
             COLUMN(answer_class, empty_spans, .key = "empty_spans",
                    .scope = TABLE_OF_ALL, .title = "empty",
                    .unit = TABLE_COUNT, .applies = has_size, REPORT(4, 7),
                    .help = "of these, kept by a heap without a block"),
             COLUMN(answer_class, live_blocks, .key = "live_blocks",
                    .title = "live", .unit = TABLE_COUNT, REPORT(5, 10),
                    SCREEN(4, 7, .under = "blocks", .rank = 3),
                    .help = "blocks now"),
             COLUMN(answer_class, deferred_blocks, .key = "deferred_blocks",
                    .scope = TABLE_OF_ALL, .title = "deferred",
                    .unit = TABLE_COUNT,
                    .help = "freed by another thread, not yet taken back"),
             COLUMN(answer_class, used_bytes, .key = "used_bytes",
                    .title = "used", .unit = TABLE_BYTES, REPORT(6, 10),
                    SCREEN(5, 9, .under = "bytes"),
                    .help = "what live blocks asked for"),
             COLUMN(answer_class, rounding_bytes, .key = "rounding_bytes",
                    .title = "rounding", .unit = TABLE_BYTES, REPORT(7, 10),
                    SCREEN(6, 9, .under = "in blocks", .rank = 2),
                    .help = "what live blocks are larger than that"),
             COLUMN(answer_class, free_bytes, .key = "free_bytes",
                    .title = "free", .unit = TABLE_BYTES, .applies = has_size,
                    REPORT(8, 10), SCREEN(7, 9, .under = "in spans"),
                    .help = "free blocks of spans in use"),
             COLUMN(answer_class, allocations, .key = "allocations",
                    .scope = TABLE_OF_ALL, .title = "allocations",
                    .unit = TABLE_COUNT, .help = "since the start"),
             COLUMN(answer_class, frees, .key = "frees", .scope = TABLE_OF_ALL,
                    .title = "frees", .unit = TABLE_COUNT,
                    .help = "since the start"),
             COLUMN(answer_class, peak_live_blocks, .key = "peak_live_blocks",
                    .scope = TABLE_OF_ALL, .title = "most live",
                    .unit = TABLE_COUNT, .help = "blocks at one time"),
             COLUMN(
                 answer_class, compactable_spans, .key = "compactable_spans",
                 .scope = TABLE_OF_ALL, .title = "compactable",
                 .unit = TABLE_COUNT,
                 .help = "spans that moving blocks within the class could at "
                         "most free"),
             COLUMN(
                 answer_class, fullness, .key = "fullness",
                 .scope = TABLE_OF_ALL, .title = "by fill", .unit = TABLE_COUNT,
                 .kind = TABLE_LIST, .length = ANSWER_FULLNESS_BINS,
                 .applies = has_spans, .order = fullness_order,
                 SCREEN(9, 13, "spans by fill", .under = "0 \xe2\x80\xa6 100 %",
                        .rank = 6),
                 .help = "spans with one block, up to 10 %, 25 %, 50 %, 75 %, "
                         "less than 100 %, full"),
         },
     .shown = {
         {.key = "size",
          .title = "block",
          .kind = TABLE_SAID,
          .say = table_class_name,
          .order = class_order,
          REPORT(1, 10),
          SCREEN(1, 10, "block size", .ascending = true)},
         {.key = "full",
          .title = "full",
          .kind = TABLE_PART,
          .part = full,
          REPORT(9, 6)},
         {.key = "filled",
          .title = "filled",
          .kind = TABLE_PART,
          .part = filled,
          SCREEN(8, 8, .under = "of spans")},
     }};

// ---- heaps and threads ----

static void say_thread(const void *row, enum table_reader reader, char *out,
                       size_t size) {
    const struct answer_heap *h = row;
    const char *end = h->orphan ? " (ended)" : "";
    int named = h->name ? snprintf(out, size, "%.60s, of ", h->name) : 0;
    (void)reader;
    if ((size_t)named < size) {
        out += named;
        size -= (size_t)named;
    }
    if (h->thread)
        snprintf(out, size, "%.60s%s", h->thread, end);
    else if (h->thread_id)
        snprintf(out, size, "%u%s", h->thread_id, end);
    else
        snprintf(out, size, "?");
}

const struct data_table heaps_table = {
    TABLE(heaps, "heaps: a heap is one thread's memory"),
    .columns =
        {
            COLUMN(answer_heap, number, .key = "number", .title = "heap",
                   .kind = TABLE_SMALL, REPORT(1, 5),
                   .help = "its number in the allocator"),
            COLUMN(answer_heap, name, .key = "name", .title = "name",
                   .kind = TABLE_TEXT, .help = "that the program gave it"),
            COLUMN(answer_heap, orphan, .key = "orphan", .title = "orphan",
                   .kind = TABLE_BOOL, .help = "no thread has it now"),
            COLUMN(answer_heap, thread, .key = "thread", .title = "thread",
                   .kind = TABLE_TEXT, .help = "that has it, or had it last"),
            COLUMN(answer_heap, thread_id, .key = "thread_id", .title = "id",
                   .kind = TABLE_SMALL, .help = "of that thread; 0: not known"),
            COLUMN(answer_heap, used_bytes, .key = "used_bytes",
                   .title = "used", .unit = TABLE_BYTES, REPORT(3, 10),
                   .help = "in live blocks of its spans"),
            COLUMN(answer_heap, held_bytes, .key = "held_bytes",
                   .scope = TABLE_OF_ALL, .title = "held", .unit = TABLE_BYTES,
                   REPORT(4, 10), .help = "its spans and thread cache"),
            COLUMN(answer_heap, free_bytes, .key = "free_bytes",
                   .title = "free", .unit = TABLE_BYTES, REPORT(5, 10),
                   .help = "free blocks of spans in use"),
            COLUMN(answer_heap, deferred_bytes, .key = "deferred_bytes",
                   .scope = TABLE_OF_ALL, .title = "to take back",
                   .unit = TABLE_BYTES, REPORT(7, 12),
                   .help = "freed by other threads"),
            COLUMN(answer_heap, cache_bytes, .key = "cache_bytes",
                   .scope = TABLE_OF_ALL, .title = "thread cache",
                   .unit = TABLE_BYTES, REPORT(6, 12),
                   .help = "empty spans kept"),
            COLUMN(answer_heap, spans, .key = "spans", .title = "spans",
                   .unit = TABLE_COUNT, .help = "in use"),
        },
    .shown = {
        {.key = "owner",
         .title = "thread",
         .kind = TABLE_SAID,
         .left = true,
         .say = say_thread,
         REPORT(2, 22)},
    }};

const struct data_table threads_table = {
    TABLE(threads, "threads"), .of_all = true,
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
        COLUMN(answer_thread, events, .key = "events", .scope = TABLE_OF_ALL,
               .title = "events", .unit = TABLE_COUNT, .help = "of any kind"),
        COLUMN(answer_thread, allocations, .key = "allocations",
               .scope = TABLE_OF_ALL, .title = "allocations",
               .unit = TABLE_COUNT, .help = "by the thread"),
        COLUMN(answer_thread, allocated_bytes, .key = "allocated_bytes",
               .scope = TABLE_OF_ALL, .title = "allocated", .unit = TABLE_BYTES,
               .help = "by the thread"),
        COLUMN(answer_thread, frees, .key = "frees", .scope = TABLE_OF_ALL,
               .title = "frees", .unit = TABLE_COUNT, .help = "by the thread"),
        COLUMN(answer_thread, deferred_frees, .key = "deferred_frees",
               .scope = TABLE_OF_ALL, .title = "of others", .unit = TABLE_COUNT,
               .help = "frees of blocks of other threads' spans"),
    }};
