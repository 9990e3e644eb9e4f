// around.h - what a state of the heap is told with, and the heap does not keep:
// memory of the allocator's own, pages, modules, threads and who has which
// heap.
#ifndef RPSCOPE_TRIM_AROUND_H
#define RPSCOPE_TRIM_AROUND_H

#include "viewer/heap/heap.h"

struct around_memory {
    uint64_t address, bytes;
};

struct around_thread {
    uint32_t ring;
    uint64_t thread, text;
    bool begun, ended;
};

struct around_heap {
    bool exists, has_thread;
    uint32_t ring; // of its thread
};

struct around {
    struct around_memory *bookkeeping;
    size_t bookkeeping_count, bookkeeping_capacity;
    uint64_t *gone; // by number of a span: its pages that were given back, in
                    // AROUND_PAGES parts
    size_t gone_count;
    bool *modules; // by number: it is loaded
    size_t module_count;
    struct around_thread *threads;
    size_t thread_count, thread_capacity;
    struct around_heap *heaps; // by number
    size_t heap_count;
    bool walking; // the allocator counts its blocks, and is not done
};
enum { AROUND_PAGES = 64 };

// Zeroed before first use. Takes in an event, with the heap as it is before.
void around_see(struct around *around, const struct heap *heap,
                const struct trace_event *event);
void around_free(struct around *around);

#endif
