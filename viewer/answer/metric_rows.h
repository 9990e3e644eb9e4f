// metric_rows.h - rows of tables that are made when somebody asks for them.
//
// A report shows none of these; each takes a walk through the stacks, or the
// blocks, of the answer's moment. A table makes its rows when they are counted
// for the first time; where there is no memory for them there are none.
#ifndef RPSCOPE_ANSWER_METRIC_ROWS_H
#define RPSCOPE_ANSWER_METRIC_ROWS_H

#include "viewer/answer/answer.h"

// How long blocks live, of a call site or of a size class.
struct life_row {
    struct site where;    // of a site
    uint32_t class_index; // of a class
    uint32_t block_bytes; // 0: large or huge
    uint64_t frees, living;
    // What half of the blocks, and nine tenths, do not outlive; 0: not known,
    // since too many live yet.
    uint64_t median_ns, most_ns;
    uint64_t oldest_ns; // how long the oldest that lives has lived
};

// A site whose live bytes grow, and chance does not explain it.
struct leak_row {
    struct site where;
    uint32_t site; // index in sites
    uint64_t bytes_per_second;
    uint64_t from_bytes, to_bytes; // over the last half of the time
    uint64_t ns;                   // how long that is
    uint64_t live_blocks, allocations, frees;
};

// A site that reallocates.
struct realloc_row {
    struct site where;
    uint64_t in_place, moved, moved_bytes, allocations;
};

// Where a thread stood when most was held.
struct last_stack_row {
    const char *thread; // NULL: without a name
    uint32_t thread_id;
    struct site where;
    uint64_t time_ns, bytes; // of its last allocation by then
    uint64_t stack;          // index in stacks
};

// Where the spans of a size class came from, and went to.
struct span_source_row {
    uint32_t class_index, block_bytes;
    uint64_t taken, from_thread_cache, from_global_cache, from_segment;
    uint64_t adopted;
    uint64_t given, to_thread_cache, to_global_cache, to_segment;
};

// What it costs that heaps share no spans of a class.
struct stranded_row {
    uint32_t class_index, block_bytes;
    uint64_t heaps, spans, apart, together;
    uint64_t bytes; // apart less together
};

// A size class that would save something.
struct new_class_row {
    uint32_t block_bytes; // of the class in front of which it would stand
    uint32_t size;
    uint64_t blocks, saved_bytes;
};

// A site of whose live data some is not in memory.
struct untouched_row {
    struct site where;
    uint32_t site; // index in sites
    uint64_t live_bytes, untouched_bytes, swapped_bytes;
    uint64_t blocks; // never touched at all
};

// Blocks that have something in common.
struct group_row {
    const char *name;
    uint64_t live_blocks, live_bytes, rounding_bytes;
    uint64_t share_bytes, alone_bytes, spans;
    uint64_t allocations, frees, allocated_bytes; // 0: not known of this kind
};

// What the blocks of a group have in common, in the order of GROUP_WORDS.
enum group_by {
    GROUP_SITE,
    GROUP_STACK,
    GROUP_FUNCTION,
    GROUP_FILE,
    GROUP_MODULE,
    GROUP_THREAD, // that has the heap of its span, or had it last
    GROUP_HEAP,
    GROUP_TAG,
    GROUP_CLASS,
    GROUP_MARK,  // the text of the last mark before it was allocated
    GROUP_FRAME, // that mark itself
};

struct rows {
    void *list;
    size_t count;
    bool made;
};

struct metric_rows {
    struct rows lifetimes, class_lifetimes, leaks, reallocs, last_stacks,
        span_sources, stranded, new_classes, untouched, groups;
    enum group_by group_by;
};

// Those of the answer.
struct metric_rows *metric_rows(const struct answer *answer);

// Has the rows made, unless they were; returns how many there are. `make` sets
// list, of the pool of the answer's state, and count.
size_t rows_count(const struct answer *answer, struct rows *rows,
                  void (*make)(struct answer *answer, struct rows *rows));

// The operations of a table whose rows are these.
#define MADE_ROWS(table, of, make)                                             \
    static size_t table##_count(const struct answer *a) {                      \
        return rows_count(a, &metric_rows(a)->table, make);                    \
    }                                                                          \
    static const void *table##_row(const struct answer *a, size_t i) {         \
        return (const struct of *)metric_rows(a)->table.list + i;              \
    }

#endif
