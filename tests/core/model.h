// model.h - the heap as the hooks tell it, and whether they tell the truth.
//
// Rebuilt from events alone, by any number of threads at once: every rule that
// hook.h states is checked as the event comes (a block is free before it is
// allocated, a span is empty before it is released, ..), and the outcome can
// be compared with rp_walk, which counts by looking. Only in the instrumented
// variant. A broken rule is counted and the first one described.
#ifndef TESTS_CORE_MODEL_H
#define TESTS_CORE_MODEL_H

#include "core/base/atomic.h"
#include "core/hook.h"

enum {
    MODEL_SPANS = 1 << 14,  // numbers below this are followed
    MODEL_HUGE = 1 << 10,   // serials below this
    MODEL_BLOCKS = 1 << 12, // of a span, at most
};

enum model_place { MODEL_UNKNOWN, MODEL_FREE, MODEL_IN_USE };

struct model_span {
    _Atomic(uint32_t) place; // enum model_place
    uint32_t class_index;
    uint32_t heap;
    uint32_t count;         // spans of the run
    _Atomic(uint32_t) gone; // pages of 4 KiB without memory, a bit each
    _Atomic(uint32_t) live;
    _Atomic(uint32_t) deferred;
    _Atomic(uint64_t) blocks[MODEL_BLOCKS / 64]; // bit: live
};

struct model {
    struct model_span spans[MODEL_SPANS];
    struct model_span huge[MODEL_HUGE];
    _Atomic(size_t) held; // bytes mapped, of every kind
    _Atomic(size_t) events;
    _Atomic(size_t) mistakes;
    _Atomic(const char *) first_mistake;
};
extern struct model model;

// Compares with what rp_walk finds; 1 when all is equal, else the mistake is
// noted. No other thread may be in the allocator.
int model_matches_walk(void);
// Forgets everything, lets rp_replay tell it again, and compares that with what
// was known before, block for block; as above.
int model_matches_replay(void);

// The events, from observer.c.
void model_alloc(uint32_t span, uint32_t block);
void model_free(uint32_t span, uint32_t block, int deferred);
void model_touch(uint32_t span, uint32_t block);
void model_span_acquire(uint32_t span, uint32_t count, uint32_t heap,
                        uint32_t class_index);
void model_span_release(uint32_t span, uint32_t count);
void model_span_transfer(uint32_t span, uint32_t count);
// is_gone: decommitted, else committed.
void model_pages(uint32_t span, size_t offset, size_t bytes, int is_gone);
void model_deferred_collect(uint32_t span, uint32_t heap, uint32_t count);
void model_segment_map(uint32_t segment, size_t bytes, uint32_t spans);
void model_segment_unmap(uint32_t segment);
void model_huge_map(uint32_t span, size_t bytes);
void model_huge_unmap(uint32_t span);
void model_bookkeeping(size_t bytes, int is_mapped);

#endif
