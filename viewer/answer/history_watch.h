// history_watch.h - sees what happens to one span, block or segment, change by
// change, and who holds it.
//
// A span is held by its live blocks; while it has none, by what it is in then:
// freed blocks that its heap has not taken back, the heap that keeps it empty,
// a cache. It is nobody's in its segment. A block is held by who lives in its
// place, one life after the other. A segment is held by spans that are not
// unused.
//
// A state that is told anew (a snapshot) says what lives, not what happened: a
// block that it still has goes on, one that it has not went unseen, and one
// that is new in it is found.
#ifndef RPSCOPE_ANSWER_HISTORY_WATCH_H
#define RPSCOPE_ANSWER_HISTORY_WATCH_H

#include "viewer/answer/holders.h"
#include "viewer/answer/subject.h"
#include "viewer/heap/heap.h"

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

// Of spans `first` .. `first + count`, by number.
void history_watch_start(struct history_watch *watch, struct pool *pool,
                         const struct subject *subject, uint32_t first,
                         uint32_t count, uint64_t since, size_t most);
// As analysis_see has them.
void history_watch_begin(void *watch, const struct heap *heap);
void history_watch_see(void *watch, const struct heap *heap,
                       const struct heap_change *changes, size_t count);
// No more will come.
void history_watch_end(struct history_watch *watch);

#endif
