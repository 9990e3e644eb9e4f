// sim_heap.h - a random program on a simulated allocator, for property tests.
//
// Plays an allocator with heaps, spans, caches and deferred frees by the
// plainest means, writes each step as events, and can say at any time what is
// true: by looking at every block, not by keeping sums.
#ifndef RPSCOPE_TESTS_SIM_HEAP_H
#define RPSCOPE_TESTS_SIM_HEAP_H

#include <stdint.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/heap/moment.h"

enum {
    SIM_SEGMENTS = 4,
    SIM_SPANS = SIM_SEGMENTS * 64,
    SIM_HEAPS = 3,
    SIM_SITES = 7,
    SIM_HUGE = 8,
};

struct sim_block {
    bool live;
    bool deferred;
    uint32_t wanted;
    uint32_t site; // 0 .. SIM_SITES - 1
};

struct sim_span {
    int place; // enum trace_place; TRACE_PLACE_ORPHAN: in a heap
    int heap;
    int class; // -1 large
    int run;   // large: spans of it; 0: a later span of a run
    uint64_t decommitted;
    struct sim_block *blocks; // 4,088 of them
    uint32_t count;           // of blocks
};

struct sim_heap {
    struct trace_builder *builder; // where events go now
    struct trace_builder *trace, nowhere;
    uint64_t random;
    uint64_t time;
    uint32_t nodes[SIM_SITES]; // stack nodes; address 0x1000 * (site + 1)
    bool mapped[SIM_SEGMENTS];
    struct sim_span spans[SIM_SPANS];
    struct sim_block huge[SIM_HUGE];
    uint64_t huge_bytes[SIM_HUGE]; // 0: not mapped
    uint64_t bookkeeping;
    // Integrals of the parts over time, brute force.
    double share_steps[SIM_SITES];
    double part_steps[PARTS];
    uint64_t start;
};

void sim_start(struct sim_heap *sim, struct trace_builder *builder,
               uint64_t seed);
void sim_free(struct sim_heap *sim);
// One random step: some events, and time goes on.
void sim_step(struct sim_heap *sim);

// The same that nobody records; and then the whole state, as a snapshot with
// this number tells it.
void sim_unseen_step(struct sim_heap *sim);
void sim_tell(struct sim_heap *sim, uint64_t number);

// What is true now.
void sim_parts(const struct sim_heap *sim, int64_t parts[PARTS]);
uint64_t sim_held(const struct sim_heap *sim);
void sim_pins(const struct sim_heap *sim, double share[SIM_SITES],
              uint64_t alone[SIM_SITES]);
// The most that freeing all blocks of a set of sites (bits) would give back.
uint64_t sim_freed_by(const struct sim_heap *sim, unsigned sites);

#endif
