// threads.h - the threads of the program, and which heaps they have.
#ifndef RPSCOPE_METRIC_THREADS_H
#define RPSCOPE_METRIC_THREADS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

// A thread's stream of events. A ring that goes on to another thread is told
// apart.
struct thread_counts {
    uint32_t ring;
    uint32_t thread_id;
    uint64_t name; // text number, or UINT64_MAX
    uint64_t first_time, last_time;
    uint64_t events, allocations, allocated_bytes, frees, deferred_frees;
};

// Who has a heap.
struct heap_owner {
    bool known;
    bool orphan;
    uint32_t thread; // index in list: the one that has it, or had it last
    uint64_t name;   // text number; 0: none
};

// From when on a thread has a heap.
struct heap_turn {
    uint32_t heap, thread; // thread: index in list
    uint64_t from;
};

struct threads {
    struct pool *pool;
    struct thread_counts *list;
    size_t count, capacity;
    struct ring_index rings;  // the thread that has the ring now
    struct heap_owner *heaps; // by number
    size_t heap_count, heap_capacity;
    struct heap_turn *turns; // by time
    size_t turn_count, turn_capacity;
};

extern const struct metric threads_metric;

// The index in list of the thread that had the ring then.
uint32_t threads_at(const struct threads *threads, uint32_t ring,
                    uint64_t time);

#endif
