// history_hold.h - what is known of a span, block or segment while its history
// is watched, and who holds it: beginning and ending holders.
#ifndef RPSCOPE_ANSWER_HISTORY_HOLD_H
#define RPSCOPE_ANSWER_HISTORY_HOLD_H

#include "viewer/answer/holders.h"
#include "viewer/answer/subject.h"
#include "viewer/metric/replay.h"

enum holder_kind {
    HOLDER_NONE,
    HOLDER_BLOCK,
    HOLDER_USE,   // a span with live blocks
    HOLDER_WAITS, // freed blocks that were not taken back
    HOLDER_EMPTY, // kept by its heap
    HOLDER_THREAD_CACHE,
    HOLDER_GLOBAL_CACHE,
};

enum happening_kind {
    HAPPENING_MAPPED,
    HAPPENING_UNMAPPED,
    HAPPENING_PLACE, // the span is somewhere else
    HAPPENING_PAGES_GONE,
    HAPPENING_PAGES_BACK,
    HAPPENING_BORN,
    HAPPENING_MOVED, // born by realloc
    HAPPENING_RESIZED,
    HAPPENING_FREED,
    HAPPENING_FREED_BY_OTHER,
    HAPPENING_DROPPED, // its span went away
    HAPPENING_TAKEN_BACK,
    HAPPENING_TOLD, // the state, anew
    HAPPENING_FOUND,
    HAPPENING_UNSEEN, // it went while nobody looked
};

struct happening {
    uint64_t time, event; // steps
    uint64_t birth;       // of what was freed; the first of what was taken back
    uint64_t bytes;
    uint32_t span, block, heap, ring, stack, live, count;
    uint8_t kind;
    uint8_t from, to; // enum span_place
};

// A span of those that are watched, as it is now.
struct watched_span {
    uint32_t live, deferred, heap;
    uint8_t place;  // enum span_place
    uint8_t holder; // enum holder_kind, of itself
};

struct history_watch {
    struct pool *pool;
    struct subject subject;
    uint32_t first, count; // spans that are watched
    uint64_t since;        // nothing before this is listed
    struct watched_span *spans;
    struct holders holders;
    struct happening *list; // the last `most`, one place after the other
    uint64_t happened;      // all of them
    size_t capacity, most;

    // Freed, and not taken back yet: the oldest first.
    struct freed_block {
        uint64_t time;
        uint32_t block;
    } * freed;
    size_t freed_count, freed_capacity;
    bool telling;        // a state
    uint32_t state;      // which one, and
    uint64_t state_time; // since when
    // A block that ended without a free: it may go on, resized.
    bool dropping;
    struct heap_change dropped;
    // The life before, of a block: it ends when the next one begins.
    struct holder *last_life;
    uint64_t last_life_end;
};

// Whether blocks hold what is watched, and not spans.
static inline bool hold_is_by_blocks(const struct history_watch *w) {
    return w->subject.kind != SUBJECT_SEGMENT;
}

// Whether the block of a watched span is watched.
static inline bool hold_is_of_block(const struct history_watch *w,
                                    uint32_t block) {
    return w->subject.kind == SUBJECT_SPAN ||
           (w->subject.kind == SUBJECT_BLOCK && w->subject.block == block);
}

// What holds the span beside its blocks is as the span is now.
void hold_span(struct history_watch *watch, uint32_t number, uint64_t time);

// A block begins to live in its place, and ends.
void hold_begin_life(struct history_watch *watch,
                     const struct heap_change *change);
void hold_end_life(struct history_watch *watch, uint32_t block, uint64_t time);
// The place is another one from here on: the life before ends where it ended.
void hold_end_last_life(struct history_watch *watch);

// The blocks of a span that live already, the oldest first.
void hold_begin_blocks(struct history_watch *watch, const struct span *span);

#endif
