// around.h - what a state of the heap is told with, and the heap does not keep:
// memory of the allocator's own, pages, modules, threads and who has which
// heap, names of heaps, tags, and whose free is still to come.
#ifndef RPSCOPE_TRIM_AROUND_H
#define RPSCOPE_TRIM_AROUND_H

#include "viewer/metric/pages.h"
#include "viewer/metric/tags.h"

struct around_memory {
    uint64_t address, bytes;
};

// A ring, and the thread whose it is, when it has begun.
struct around_ring {
    uint32_t ring;
    uint64_t thread, text;
    bool begun, ended;
    uint64_t tag, tags; // text of the innermost, and how many are pushed
    uint64_t freed_by;  // stack of its next free; 0: none is told
};

struct around_heap {
    bool exists, has_thread;
    uint32_t ring; // of its thread
    uint64_t text; // its name, or 0
};

struct around {
    struct around_memory *bookkeeping;
    size_t bookkeeping_count, bookkeeping_capacity;
    uint64_t *gone; // by number of a span: its pages that were given back, in
                    // AROUND_PAGES parts
    size_t gone_count;
    bool *modules; // by number: it is loaded
    size_t module_count;
    struct around_ring *rings;
    size_t ring_count, ring_capacity;
    uint32_t *place; // by number of a ring: its place in `rings` + 1
    size_t place_count;
    struct around_heap *heaps; // by number
    size_t heap_count;
    bool walking; // the allocator counts its blocks, and is not done
    // Of blocks and of huge ones' addresses, by the changes of the heap.
    struct tags tags;
    struct pages pages;
};
enum { AROUND_PAGES = 64 };

void around_start(struct around *around, struct pool *pool);
// Takes in an event whose rule is TRIM_AROUND, with the heap as it is before.
void around_see(struct around *around, const struct heap *heap,
                const struct trace_event *event);
// Takes in changes of the heap, as a metric does.
void around_changes(struct around *around, const struct heap *heap,
                    const struct heap_change *changes, size_t count);
void around_free(struct around *around);

#endif
