// answer.h - everything that is known about one recording, ready to show.
//
// The report, the JSON and the screens all read this structure and compute
// nothing of their own, so that they agree. analyse.h fills it in one pass over
// the trace. Then it does not change, but for the frames of stacks, which are
// looked up when first asked for.
//
// Bytes are bytes, times are ns since the start of the recording. Texts are as
// the trace or the symbol table has them: show them through escape_text.
// A text that is not known is NULL.
//
// Progress: not thread-safe; one thread at a time uses one answer.
#ifndef RPSCOPE_ANSWER_ANSWER_H
#define RPSCOPE_ANSWER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/answer/at.h"
#include "viewer/answer/cause.h"
#include "viewer/answer/subject.h"
#include "viewer/heap/moment.h"
#include "viewer/metric/timeline.h"
#include "viewer/names/frame.h"
#include "viewer/names/site.h"

// Counts of one call site or one exact stack, at the moment of the answer
// where not said otherwise.
struct answer_counts {
    uint64_t live_blocks;
    uint64_t live_bytes;      // asked for
    uint64_t rounding_bytes;  // of the live blocks
    uint64_t allocations;     // since the start
    uint64_t frees;           // since the start
    uint64_t allocated_bytes; // since the start
    uint64_t temporary;       // freed by its thread before its next allocation
    uint64_t peak_used_bytes; // live when the program used most

    // Pins: free bytes of spans that live blocks of this site keep from being
    // free for any size (metric/pins.h).
    uint64_t share_bytes; // split evenly between the live blocks of a span
    uint64_t alone_bytes; // of spans where only this site's blocks live
    uint64_t spans;       // with live blocks of this site
    uint64_t alone_spans; // with live blocks of this site only
    uint64_t moved_bytes; // estimate: saved if these blocks were packed
    double share_mean;    // share in bytes, mean over time
};

// One exact stack that allocated.
struct answer_stack {
    uint32_t node; // leaf in the trace's tree of stacks; 0: not recorded
    uint32_t site; // index in sites
    struct answer_counts counts;
};

// A call site: all stacks with the same nearest user frame.
struct answer_site {
    struct site where;
    size_t first_stack; // in stacks; the one that matters most comes first
    size_t stack_count; // > 0
    const char *tag;    // of its blocks; "several"; NULL: none
    // Of live_bytes, in pages that nobody had touched by the last sample.
    uint64_t untouched_bytes;
    struct answer_counts counts;
};

// One size class. Large and huge blocks are classes of their own.
enum { ANSWER_FULLNESS_BINS = 7 };
struct answer_class {
    uint32_t index;           // TRACE_CLASS_LARGE and _HUGE for these
    uint32_t block_bytes;     // 0 for large and huge
    uint32_t blocks_per_span; // 0 for large and huge
    uint64_t spans;           // in heaps (huge: mappings)
    uint64_t part_spans;      // of these: with live and free blocks
    uint64_t empty_spans;     // of these: kept by a heap without a block
    uint64_t live_blocks;
    uint64_t deferred_blocks;
    uint64_t used_bytes;
    uint64_t rounding_bytes;
    uint64_t free_bytes; // free blocks of spans in use
    uint64_t allocations;
    uint64_t frees;
    uint64_t peak_live_blocks;
    // Spans that moving blocks within the class could at most free.
    uint64_t compactable_spans;
    // Spans in use by how full: one block, <= 10 %, 25 %, 50 %, 75 %, < 100 %,
    // full.
    uint64_t fullness[ANSWER_FULLNESS_BINS];
};

// One heap, also the heaps that no thread has now.
struct answer_heap {
    uint32_t number;
    const char *name;    // that the program has given it; or NULL
    bool orphan;         // no thread has it now
    const char *thread;  // name of its thread, or of the last one; or NULL
    uint32_t thread_id;  // 0: not known
    uint64_t used_bytes; // in live blocks of its spans
    uint64_t held_bytes; // spans of the heap and of its thread cache
    uint64_t free_bytes; // free blocks of its spans in use
    uint64_t deferred_bytes;
    uint64_t cache_bytes; // empty spans in its thread cache
    uint64_t spans;       // in use
};

// One thread of the program.
struct answer_thread {
    uint32_t ring;
    uint32_t thread_id; // 0: not known
    const char *name;   // NULL: not known
    uint64_t start_ns;  // of its first event
    uint64_t end_ns;    // of its last event
    uint64_t events;
    uint64_t allocations;
    uint64_t allocated_bytes;
    uint64_t frees;          // all
    uint64_t deferred_frees; // of these: blocks of other threads' spans
};

// The sites without which half of the pinned bytes become free, or the most
// that is known of (metric/levers.h); `bytes` is exact for the whole prefix.
struct answer_together {
    uint32_t site;
    uint64_t bytes;
};

// Blocks that were allocated under one tag of the program's.
struct answer_tag {
    const char *name; // NULL: without a tag
    uint64_t live_blocks, live_bytes;
    uint64_t most_bytes; // live at one time
    uint64_t allocations, allocated_bytes;
};

// Frees that the recording has stacks of: who frees whose blocks.
struct answer_free {
    struct site by, of; // who frees, and who allocated
    uint64_t frees, bytes, deferred_frees;
};

// Frees by one thread of blocks of a heap that it does not have.
struct answer_wait {
    const char *thread; // that frees; NULL: not known
    uint32_t thread_id; // 0: not known
    uint32_t heap;
    const char *owner; // thread of the heap, or the last one; NULL: not known
    uint64_t frees, bytes;
    uint64_t taken_back;          // of the frees
    uint64_t mean_ns, longest_ns; // that those had waited
    uint64_t waiting, waiting_bytes;
    uint64_t oldest_ns; // age of the oldest that waits
    uint64_t unseen;    // of the frees: what became of them was not recorded
};

// Marks of one name in a row: frames, from each to the next.
struct answer_frames {
    const char *name;
    uint64_t first_ns, last_ns; // marks
    uint64_t frames;
    uint64_t mean_ns, mean_allocations, mean_bytes; // of a frame
    // What half of the frames, and 99 of 100, have no more of (to an eighth).
    uint64_t half_allocations, half_bytes, most_allocations, most_bytes;
    int64_t growth_bytes; // of what is used, in all of them
    // The frame that allocated most bytes, from 1.
    uint64_t worst, worst_at_ns, worst_ns, worst_allocations, worst_bytes;
};

struct answer_mark {
    uint64_t time_ns;
    const char *text;
};

// A moment that the recorder has noted, with what the trace has then.
struct answer_snapshot {
    uint64_t number;
    uint64_t time_ns;
    bool has_state; // told by the trace: what was before it needs not be known
    bool missing;   // some of that state is not there
    uint64_t held_bytes;
    uint64_t told_held_bytes; // by the recorder; 0: it did not know
    uint64_t used_bytes;
    uint64_t live_blocks;
    uint64_t checked;    // size classes that the recorder has counted, too
    uint64_t mismatches; // of these, that differ
};

// How much of what is held was in memory (resident), by the last sample up to
// the moment. Without tables of the allocator's own.
struct answer_residency {
    uint64_t samples; // 0: none were taken
    uint64_t time_ns;
    uint64_t held_bytes;     // then
    uint64_t mapped_bytes;   // of what was looked at, with what was given back
    uint64_t resident_bytes; // of these
};

enum answer_severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

// Something worth knowing. `text` says it in one sentence.
struct answer_finding {
    enum answer_severity severity;
    const char *kind; // "double free", "pin", "growing", ...
    bool certain;     // false: likely
    uint64_t count;
    uint64_t time_ns; // of the first
    const char *thread;
    uint32_t site; // index in sites, or ANSWER_NONE
    const char *text;
    const char *details; // lines, each with its end; NULL: none
};
enum { ANSWER_NONE = UINT32_MAX };

// How far the numbers can be trusted.
struct answer_quality {
    bool complete;   // the whole recording is there, up to its end
    bool ended;      // the recorder wrote its last block
    bool running;    // it has not, and the process is there: it goes on
    uint64_t blocks; // of the file, whole
    uint64_t damaged_blocks;
    uint64_t damaged_bytes;  // of the file, that could not be used
    uint64_t missing_events; // gaps in the numbering of the events
    uint64_t lost_events;    // not recorded, as the recorder says itself
    uint64_t repairs;        // events that had to wait for their cause
    uint64_t unresolved;     // events that contradict the model
    uint64_t identity_checks;
    uint64_t identity_failures;
    int64_t worst_residual_bytes;
    uint64_t walks;              // the allocator counted its own blocks
    uint64_t walk_checked;       // classes compared
    uint64_t walk_mismatches;    // classes that differ from the model
    bool pins_conserved;         // the shares add up to the free bytes
    uint64_t stack_checks;       // call stacks that the recorder took twice
    uint64_t stack_differences;  // of them, that were not the same
    uint64_t stack_sample_bytes; // between two with one; 0: all have
    bool clock_is_coarse;        // several events have one time
    // Why the recording ended before the process, and when; NULL: it did not.
    const char *stopped;
    uint64_t stopped_ns;
    uint64_t run_ns; // how long the process ran; 0: not known
    bool cut_short;  // it ended so, and nobody had asked for that
    // What is wrong with the trace, one sentence each; empty when nothing is.
    char **sentences;
    size_t sentence_count;
};

// What happened between two moments.
struct answer_between_counts {
    uint64_t births, birth_bytes, deaths;
    uint64_t survivors, survivor_bytes; // born between, alive at the later one
    int64_t growth_blocks, growth_bytes;
};

// The same of one site, and what its blocks pinned.
struct answer_between {
    uint32_t site;     // index in sites, or ANSWER_NONE
    struct site where; // of the site; of ANSWER_NONE: of sites that come later
    struct answer_between_counts counts;
    double share_mean, share_before, share_after;
    int64_t share_growth;
};

// The same of one size class.
struct answer_between_class {
    uint32_t index;       // as in classes
    uint32_t block_bytes; // 0 for large and huge
    struct answer_between_counts counts;
    int64_t spans_growth, free_growth; // in heaps; free blocks there
};

// The same of a part of the held bytes.
struct answer_between_part {
    const char *key, *name;
    uint64_t before_bytes, after_bytes;
    int64_t growth_bytes;
    double mean_bytes; // between the two
};

// A range: what happened between the moment of the answer and another one.
struct answer_range {
    uint64_t from_ns, to_ns;             // from the earlier to the later one
    struct answer_between_counts counts; // of all sites
    struct answer_between *sites;        // who has grown most first
    size_t site_count;
    struct answer_between_class *classes; // by index
    size_t class_count;
    struct answer_between_part parts[PARTS];
    int64_t held_growth_bytes;
    double mean_held_bytes;
    char **sentences;
    size_t sentence_count;
};

// A block that lives.
struct answer_live_block {
    uint32_t span, number; // and its place there
    uint32_t heap, class_index, block_bytes;
    uint32_t thread_id; // of the thread that had the heap then; 0: not known
    uint64_t bytes;     // asked for
    uint64_t born_ns, lives_ns;
    const char *thread; // its name; NULL: not known
    const char *tag;    // NULL: none
    const struct site *where;
};

// Something that happened to the span, block or segment whose history is asked.
struct answer_history {
    uint64_t time_ns, event; // how many events had come
    const char *what;
    const char *from;     // where a span came from; NULL: this is of no span
    uint32_t span, block; // block: its place there, or ANSWER_NONE
    uint32_t heap, live;  // of the span, behind it
    uint64_t count;       // of blocks, spans or rows
    uint64_t bytes;
    uint64_t age_ns; // of what was freed; how long what was taken back waited
    const char *thread;       // that did it; NULL: not known
    const struct site *where; // that allocated the block; NULL: of no block
};

// Who held it, and kept it from being given back.
struct answer_holder {
    const char *what;     // "block", "kept empty", "thread cache", ...
    uint32_t span, block; // block: its place there, or ANSWER_NONE
    uint32_t heap;
    uint64_t bytes; // that the block asked for
    uint64_t from_ns, to_ns, held_ns;
    bool holds; // still
    const char *thread;
    const struct site *where; // of the block; NULL: of none
};

struct answer_span;

// A part of the held bytes, and what to do about it.
struct answer_part {
    const char *key, *name, *meaning, *cure;
    uint64_t now_bytes, peak_held_bytes, peak_used_bytes;
    double mean_bytes;
};

struct block_filter;

struct answer {
    // Which blocks count (block_filter.h); NULL: all. What is known of all
    // blocks alone stands here still: tables know which it is (table.h).
    const struct block_filter *filter;

    // The recording.
    const char *path;    // of the trace
    const char *program; // path of the executable; NULL: not known
    const char *command; // its last part
    char **arguments;    // argument_count, the command first
    size_t argument_count;
    uint32_t process_id;
    uint64_t start_unix_ns;
    uint64_t duration_ns;
    uint64_t events;
    uint64_t trace_bytes;
    uint32_t span_bytes;
    uint32_t stack_frames; // asked for; 0: none
    bool stacks_recorded;
    bool frees_recorded; // their stacks, of all or some
    // How the process ended, as what follows its name; -1: not known.
    const char *ended;
    // Of a forked process: what is known of the blocks that it began with, as
    // what follows "the process". NULL: it is none.
    const char *inherited;
    int exit_code, exit_signal;
    // When what is recorded begins: later than 0 when it was started late, or
    // when only the last moments were kept. How much of these was asked for.
    uint64_t window_ns;
    uint64_t last_ns, last_bytes;

    // How much of the trace was not read when this was answered, 0 .. 1: then
    // all that is of the whole recording is of what was read, but for the time
    // it took, its events, the most that was held and the points behind
    // `read_points`.
    double unread_share;
    size_t read_points;

    // Bytes. `now` is the moment asked for, and `at` says which that is: never
    // AT_USUAL.
    enum answer_at at;
    struct moment now;
    struct moment peak_held;
    struct moment peak_used;
    double mean_part_bytes[PARTS]; // over time, start to now
    double mean_held_bytes;
    uint64_t peak_held_bytes;
    uint64_t peak_used_bytes;
    struct answer_part parts[PARTS]; // the same, part by part

    // Ratios held / used; 0 where nothing was used.
    double ratio_now;
    double ratio_at_peak_used;
    double ratio_at_peak_held;
    double ratio_peak_to_peak; // the most held / the most used
    double ratio_mean;         // mean held / mean used

    uint64_t allocations;
    uint64_t frees;
    uint64_t deferred_frees;
    uint64_t reallocations;    // in place and moved
    uint64_t temporary;        // freed by its thread before its next allocation
    uint64_t free_block_bytes; // what the pins share out
    uint64_t segments;
    uint64_t spans_used;

    // Sentences, the most important first: what is used and held, where the
    // difference is, and what to do.
    char **verdict;
    size_t verdict_count;
    enum part verdict_part; // the part that the verdict blames
    uint32_t verdict_site;  // or ANSWER_NONE
    // Lines of the cure that the verdict says; NULL: it says none.
    const char *verdict_code;
    // Where memory comes from, "system" or "embedder", and which of it the
    // system is asked to back by huge pages, "never", "grown" or "always", as
    // the trace tells; NULL: it does not.
    const char *memory, *huge_pages;
    bool from_embedder; // as it is told, or else as it looks
    // In memory, though nobody has used it, only because of these; and whether
    // samples say so, or it is so much at the most (huge_pages.h).
    uint64_t huge_page_bytes;
    bool huge_pages_seen;
    // What goes back, goes by pages; or else by whole segments.
    bool gives_pages;
    struct answer_keeper keepers[KEEPERS]; // held - used
    struct answer_cause *causes;           // by what goes back, most first
    size_t cause_count;

    struct answer_class *classes; // in use at any time, by index
    size_t class_count;
    struct answer_site *sites; // by live bytes, most first
    size_t site_count;
    uint32_t *pins; // indices of sites with share_bytes > 0, most first
    size_t pin_count;
    struct answer_together *together;
    size_t together_count;
    struct answer_stack *stacks; // grouped by site
    size_t stack_count;
    struct answer_heap *heaps;
    size_t heap_count;
    struct answer_span *spans; // span_map.h
    size_t span_count;
    struct answer_thread *threads;
    size_t thread_count;
    struct timeline_point *points; // steps of equal time
    size_t point_count;
    // The same of a part of the recording, when that was asked for.
    struct timeline_point *part_points;
    size_t part_count;
    uint64_t part_from_ns, part_to_ns;
    struct answer_mark *marks;
    size_t mark_count;
    struct answer_tag *tags; // by live bytes, most first
    size_t tag_count;
    struct answer_free *freed; // by bytes, most first
    size_t freed_count;
    struct answer_wait *waits; // by frees, most first
    size_t wait_count;
    struct answer_frames *frames; // in the order of time
    size_t frames_count;
    struct answer_residency residency;
    uint64_t untouched_bytes; // of all sites
    struct answer_snapshot *snapshots;
    size_t snapshot_count;
    struct answer_finding *findings; // errors first
    size_t finding_count;

    // Since another moment, when that was asked for.
    bool has_since;
    uint64_t since_ns;
    struct answer_range range;
    // Of one thing, when that was asked for: by time.
    struct subject history_of; // by number
    struct answer_history *history;
    size_t history_count;
    struct answer_holder *holders;
    size_t holder_count;
    struct answer_live_block *live_blocks; // live_blocks.h lists them
    size_t live_block_count;
    bool live_blocks_listed;
    // Bytes that a list was asked for in vain: there are more rows than the
    // trace explains memory for. 0: none was.
    uint64_t unlisted_bytes;

    struct answer_quality quality;
    struct answer_state *state; // of this room alone
};

void answer_free(struct answer *answer); // NULL is ignored

// The frames of an exact stack (index in stacks), innermost first. They belong
// to the answer. *count is 0 when the stack was not recorded.
const struct frame *answer_frames(struct answer *answer, size_t stack,
                                  size_t *count);

// "used (requested)", "free blocks in part-used spans", ...: the words of the
// report for a part, and a sentence that explains it.
const char *answer_part_name(enum part part);
const char *answer_part_meaning(enum part part);
// For machines: "used", "span_free".
const char *answer_part_key(enum part part);
// Who can make it less, and how: where to look, and what to change.
const char *answer_part_cure(enum part part);

// "session_new (session.c:88)", for sentences; valid as long as the answer.
const char *answer_site_name(struct answer *answer, uint32_t site);

// 0: the trace is whole; 4: what is shown is not the whole recording.
int answer_exit_code(const struct answer *answer);

#endif
