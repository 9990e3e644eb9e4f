// keyframes.h - moments of a recording from which it can go on: what any other
// moment is answered from, without reading the trace from its start.
//
// A keyframe is the whole heap, all metrics, and where the events stand,
// compressed. They lie a number of events apart; when together they take more
// than they may, every other one goes and the distance doubles. So a long
// recording has as many as a short one.
//
// Invariant: a recording that goes on from a keyframe is what it would be had
// it been read from the start.
#ifndef RPSCOPE_METRIC_KEYFRAMES_H
#define RPSCOPE_METRIC_KEYFRAMES_H

#include "viewer/metric/replay.h"
#include "viewer/trace/order.h"

struct keyframe {
    uint64_t events, time; // of the heap
    struct order_position *position;
    void *bytes; // compressed
    size_t stored_bytes, raw_bytes;
    size_t all_bytes; // stored, and the position
};

enum {
    KEYFRAMES_MOST = 256,
    KEYFRAMES_FIRST_DISTANCE = 1 << 18, // events
    KEYFRAMES_WORTH = 4,
};

struct keyframes {
    struct pool *pool;
    struct keyframe list[KEYFRAMES_MOST]; // by events
    size_t count;
    uint64_t distance, next; // events
    uint64_t worth; // bytes of a keyframe for each event of the distance
    uint64_t bytes; // of all
    void *packer, *unpacker; // of zstd
};

// `distance`: events between two, whatever they cost; 0: such that to read
// events is most of the work.
void keyframes_start(struct keyframes *keyframes, struct pool *pool,
                     uint64_t distance);
void keyframes_free(struct keyframes *keyframes);

static inline bool keyframes_due(const struct keyframes *keyframes,
                                 const struct heap *heap) {
    return heap->events >= keyframes->next;
}

// The events that `order` gave out so far have all been replayed, and are gone
// afterwards. `budget`: bytes that all keyframes together may take. A heap that
// is not at rest (heap/save.h) waits for the next time.
void keyframes_take(struct keyframes *keyframes, struct replay *replay,
                    struct trace_order *order, uint64_t budget);

// The last one before, or at, the event and the time (steps since the start);
// NULL: there is none.
const struct keyframe *keyframes_before(const struct keyframes *keyframes,
                                        uint64_t events, uint64_t time);

// `replay` and `order` have just been started and opened; now they go on from
// the keyframe. False: they are not of this recording.
bool keyframes_return(struct keyframes *keyframes,
                      const struct keyframe *keyframe, struct replay *replay,
                      struct trace_order *order);

#endif
