// keyframes.h - moments of a recording from which it can go on: what any other
// moment is answered from, without reading the trace from its start.
//
// A keyframe is the whole heap, all metrics, and where the events stand. They
// lie in a store (store.h), one behind the other, and share what did not change
// between them: the slots of a span (slots.h), the rows of spans and what the
// metrics know (frame.h). To go on from one is to read the rows and the
// metrics; slots are read when an event, or somebody who asks, comes to them.
// A few of moments that many ask for stand beside the list; they are taken when
// all of it was read, and share nothing but what slots and rows have in common
// with the last one.
//
// Invariant: a recording that goes on from a keyframe is what it would be had
// it been read from the start.
#ifndef RPSCOPE_INDEX_KEYFRAMES_H
#define RPSCOPE_INDEX_KEYFRAMES_H

#include "viewer/index/frame.h"
#include "viewer/metric/replay.h"
#include "viewer/trace/order.h"

struct keyframe {
    uint64_t events, time; // of the heap
    uint64_t place;        // in the store
};

enum {
    KEYFRAMES_FIRST_DISTANCE = 1 << 18, // events
    KEYFRAMES_MOST_DISTANCE = 1 << 22,
    KEYFRAMES_WORTH = 4, // bytes of keyframes for each event
    KEYFRAMES_ASIDE = 4,
};

struct keyframes {
    struct pool *pool;
    struct store store;
    struct frame_writer writer;
    struct keyframe *list; // by events
    size_t count, capacity;
    // Beside those of the list: of moments that many ask for. place 0: none.
    struct keyframe aside[KEYFRAMES_ASIDE];
    bool fixed;              // the distance
    uint64_t distance, next; // events
    uint64_t cost;           // bytes that the last one took of the store
};

// `distance`: events between two, whatever they cost; 0: as they are worth it.
// `file`: where they are kept; NULL: in memory.
void keyframes_start(struct keyframes *keyframes, struct pool *pool,
                     uint64_t distance, const struct store_file *file);
void keyframes_free(struct keyframes *keyframes);

static inline bool keyframes_due(const struct keyframes *keyframes,
                                 const struct heap *heap) {
    return heap->events >= keyframes->next;
}

// The events that `order` gave out so far have all been replayed, and are gone
// afterwards. `budget`: bytes that the store may have by now. A heap that is
// not at rest (heap_frame.h), or too large for the budget, waits for the next
// time. Whether one was taken.
bool keyframes_take(struct keyframes *keyframes, struct replay *replay,
                    struct trace_order *order, uint64_t budget);

// The same, of a moment that lies anywhere before the last one of the list; it
// takes the place of the i-th aside.
bool keyframes_take_aside(struct keyframes *keyframes, size_t i,
                          struct replay *replay, struct trace_order *order,
                          uint64_t budget);

// The last one before, or at, the event and the time (steps since the start);
// NULL: there is none.
const struct keyframe *keyframes_before(const struct keyframes *keyframes,
                                        uint64_t events, uint64_t time);

// `replay` and `order` have just been started and opened; now they go on from
// the keyframe. False: it is not of this recording. What is read later may fail
// still: then replay->failed, and the heap is not to be believed.
bool keyframes_return(struct keyframes *keyframes,
                      const struct keyframe *keyframe, struct replay *replay,
                      struct trace_order *order);

// Lists those of a store, from the last one, at `place`, back. False: there are
// none that can be.
bool keyframes_list(struct keyframes *keyframes, uint64_t place);
// The i-th aside is at `place`; 0: there is none. False: that cannot be.
bool keyframes_list_aside(struct keyframes *keyframes, size_t i,
                          uint64_t place);
// Those behind this time are not of the recording any more.
void keyframes_forget(struct keyframes *keyframes, uint64_t time);

#endif
