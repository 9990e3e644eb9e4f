// analysis_data.h - what an analysis is, and what its reading is told.
#ifndef RPSCOPE_ANSWER_ANALYSIS_DATA_H
#define RPSCOPE_ANSWER_ANALYSIS_DATA_H

#include <pthread.h>

#include "viewer/answer/at.h"
#include "viewer/answer/subject.h"
#include "viewer/base/fail.h"
#include "viewer/index/index_file.h"
#include "viewer/index/keyframes.h"
#include "viewer/names/symbols.h"

// Whether keyframes are kept in a file beside the trace.
enum analyse_index {
    INDEX_WHEN_LARGE, // reading it again would take its time
    INDEX_NEVER,
    INDEX_ALWAYS,
};

struct analysis;
struct block_filter;

struct analyse_options {
    enum answer_at at;
    uint64_t at_ns;    // for AT_TIME, without a snapshot
    uint64_t snapshot; // number of the one whose time it is; 0: none
    uint64_t at_event; // for AT_EVENT: how many events have come
    const char *mark;  // for AT_MARK: its text
    // A part of the recording to be told in more detail; 0, 0: none.
    uint64_t from_ns, to_ns;
    // Another moment: what happened between the two is to be told.
    bool has_since;
    uint64_t since_ns;
    const struct block_filter *filter; // of the blocks that count; NULL: all
    struct subject history;            // of which it is to be told; or of none
    bool revisits;                     // more than one moment will be asked
                                       // for, so keyframes are kept
    enum analyse_index index;
    // Events between two keyframes, as long as there is room for them; 0: as
    // they are worth it.
    uint64_t keyframe_events;
    // What names no site beside what is built in (names/skip_rules.h): patterns
    // of functions, "pool_*,xmalloc", and a file of rules. NULL: none.
    const char *skip, *rules_path;
    bool wrappers; // what allocates for others may name a site
    bool no_names; // addresses only: no file but the trace is opened
    // NULL, or where to write how much memory was asked for at the most.
    uint64_t *memory;
    // Told now and then, with a share from 0 to 1; may be NULL. When it returns
    // false the reading ends early, and the answer is of what was read.
    bool (*progress)(void *context, double done);
    void *progress_context;
    // Called as often as progress while the trace is read for the first time:
    // answers of what was read by then may be made (analyse_moment).
    void (*look)(void *context, struct analysis *analysis);
    // Told what is to be said of the index, a sentence; may be NULL.
    void (*say)(void *context, const char *sentence);
    void *say_context;
};

// What blocks of a filter have used over time (filter_series.h); NULL: of none.
struct series_points {
    const struct block_filter *filter;
    bool wrappers;
    uint64_t from, to; // steps, of the part; 0, 0: there is none
    struct timeline_point *points, *part;
    size_t count, part_count;
};

// How far the events are to be read: up to this one, and to this time (steps
// since the start).
struct analysis_limit {
    uint64_t events, time;
};

struct analysis {
    struct pool pool; // of all but names and answers
    struct trace_file file;
    struct trace_tables tables;
    struct trace_order order;       // while the trace is read
    const struct trace_event *rest; // it gave out, behind the limit
    size_t rest_count;
    struct replay whole; // the heap at the end of what was read
    bool cut;            // whoever asked has ended the reading
    bool reading;        // it is still going on
    double done;         // share of the trace that was read
    struct index_file index;
    struct keyframes keyframes;
    bool indexes;      // keyframes are taken
    size_t tries;      // of one for a moment that many ask for (indexing.c)
    bool takes_moment; // the last of these has taken none yet
    uint64_t missing_events;
    struct series_points series;

    pthread_mutex_t names_lock; // guards what follows
    struct pool names_pool;
    struct trace_tables names_tables; // the same, of that pool
    struct skip_rules *rules;
    struct symbols *symbols;
};

#endif
