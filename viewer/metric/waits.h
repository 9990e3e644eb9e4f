// waits.h - frees by other threads: who frees whose blocks, and how long they
// wait until their heap takes them back.
//
// A heap takes back what was freed first; so the oldest frees of a span are
// those that a collection ends. A state that is told anew says how many wait,
// and not since when or by whom: they count from then on, as nobody's.
#ifndef RPSCOPE_METRIC_WAITS_H
#define RPSCOPE_METRIC_WAITS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

// Who frees. ring: WAITS_NOBODY of what a state told.
struct wait_thread {
    uint32_t ring, thread_id; // thread_id: 0 is not known
};

// Frees by one thread of blocks of one heap that wait no more.
struct wait_pair {
    uint32_t thread;              // in threads
    uint32_t heap;                // that took them back
    uint64_t taken_back, bytes;   // bytes: of the blocks, with rounding
    uint64_t wait_steps, longest; // all together, the longest
    uint64_t unseen; // what a state says nothing of: freed, no more is known
};

enum { WAITS_NOBODY = UINT32_MAX };

// A free that waits.
struct wait {
    uint64_t time;
    uint32_t thread, bytes;
};

struct wait_span {
    struct wait *list; // `first` and those behind it wait
    size_t first, count, capacity;
    uint32_t span;
};

struct waits {
    struct pool *pool;
    struct wait_pair *list;
    size_t count, capacity;
    uint32_t *slots; // in list, + 1; open addressing
    size_t slot_count;
    struct wait_thread *threads;
    size_t thread_count, thread_capacity;
    struct ring_index rings;  // in threads, of who has the ring
    struct ring_index places; // in spans, of each span's number
    struct wait_span *spans;
    size_t span_count, span_capacity;
};

extern const struct metric waits_metric;

#endif
