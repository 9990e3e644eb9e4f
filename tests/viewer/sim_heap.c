// sim_heap.c - a random program on a simulated allocator, for property tests.
#include "tests/viewer/sim_heap.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t span_bytes = 65536, header = 128, lost_by_aligning = 512;
static const uint32_t class_bytes[] = {1000, 4000, 16};
static const uint32_t class_blocks[] = {64, 16, 4088};

static uint64_t roll(struct sim_heap *sim, uint64_t sides) {
    sim->random = sim->random * UINT64_C(6364136223846793005) +
                  UINT64_C(1442695040888963407);
    return (sim->random >> 33) % sides;
}

void sim_start(struct sim_heap *sim, struct trace_builder *builder,
               uint64_t seed) {
    memset(sim, 0, sizeof *sim);
    sim->builder = sim->trace = builder;
    trace_builder_start(&sim->nowhere);
    sim->random = seed;
    sim->start = sim->time = 1000;
    for (uint32_t i = 0; i < SIM_SITES; i++)
        sim->nodes[i] = trace_builder_stack(builder, 0, 0x1000 * (i + 1));
    for (int i = 0; i < SIM_SPANS; i++)
        sim->spans[i].blocks = calloc(4088, sizeof *sim->spans[i].blocks);
    for (uint64_t i = 0; i < SIM_HEAPS; i++)
        BUILD(builder, (uint32_t)i + 1, sim->time, HEAP_CREATE, i);
}

void sim_free(struct sim_heap *sim) {
    for (int i = 0; i < SIM_SPANS; i++)
        free(sim->spans[i].blocks);
    trace_builder_free(&sim->nowhere);
}

static bool is_free(const struct sim_heap *sim, int i) {
    return sim->mapped[i / 64] && sim->spans[i].place != TRACE_PLACE_ORPHAN;
}

static uint32_t ring_of(int heap) {
    return (uint32_t)heap + 1;
}

static void map_segment(struct sim_heap *sim, int heap) {
    for (uint64_t i = 0; i < SIM_SEGMENTS; i++) {
        if (sim->mapped[i])
            continue;
        sim->mapped[i] = true;
        for (uint64_t j = i * 64; j < i * 64 + 64; j++) {
            sim->spans[j].place = TRACE_PLACE_SEGMENT;
            sim->spans[j].decommitted = 0;
        }
        BUILD(sim->builder, ring_of(heap), sim->time, SEGMENT_MAP, i,
              0x10000 * (i + 1), 64 * span_bytes + lost_by_aligning,
              0x10000 * (i + 1) + lost_by_aligning, 64);
        return;
    }
}

static int find_free(struct sim_heap *sim, int heap, int count) {
    for (int i = 0; i + count <= SIM_SPANS; i++) {
        bool fits = i / 64 == (i + count - 1) / 64;
        for (int j = i; fits && j < i + count; j++)
            fits = is_free(sim, j) &&
                   sim->spans[j].place == sim->spans[i].place &&
                   (sim->spans[j].place != TRACE_PLACE_THREAD_CACHE ||
                    sim->spans[j].heap == heap);
        if (fits)
            return i;
    }
    return -1;
}

static int acquire(struct sim_heap *sim, int heap, int class, int count) {
    int i = find_free(sim, heap, count);
    if (i < 0) {
        map_segment(sim, heap);
        i = find_free(sim, heap, count);
        if (i < 0)
            return -1;
    }
    for (int j = i; j < i + count; j++)
        if (sim->spans[j].decommitted > 0 && class >= 0) {
            BUILD(sim->builder, ring_of(heap), sim->time, SPAN_COMMIT,
                  (uint64_t)j, span_bytes - sim->spans[j].decommitted,
                  sim->spans[j].decommitted);
            sim->spans[j].decommitted = 0;
        }
    BUILD(sim->builder, ring_of(heap), sim->time, SPAN_ACQUIRE, (uint64_t)i,
          (uint64_t)count, (uint64_t)heap,
          class < 0 ? TRACE_CLASS_LARGE : (uint64_t) class,
          (uint64_t)sim->spans[i].place);
    for (int j = i; j < i + count; j++) {
        struct sim_span *span = &sim->spans[j];
        span->place = TRACE_PLACE_ORPHAN;
        span->heap = heap;
        span->class = class;
        span->run = j == i ? count : 0;
        span->count = class < 0 ? 1 : class_blocks[class];
        memset(span->blocks, 0, span->count * sizeof *span->blocks);
    }
    return i;
}

static void allocate(struct sim_heap *sim, int heap) {
    uint32_t site = (uint32_t)roll(sim, SIM_SITES);
    int class = (int)roll(sim, 12) / 4;
    uint32_t wanted = (uint32_t)roll(sim, class_bytes[class] + 1);
    int best = -1;
    for (int i = 0; i < SIM_SPANS && best < 0; i++) {
        struct sim_span *span = &sim->spans[i];
        if (!sim->mapped[i / 64] || span->place != TRACE_PLACE_ORPHAN ||
            span->heap != heap || span->class != class)
            continue;
        for (uint32_t j = 0; j < span->count && best < 0; j++)
            if (!span->blocks[j].live && !span->blocks[j].deferred)
                best = i;
    }
    if (best < 0)
        best = acquire(sim, heap, class, 1);
    if (best < 0)
        return;
    struct sim_span *span = &sim->spans[best];
    if (span->decommitted > 0) {
        BUILD(sim->builder, ring_of(heap), sim->time, SPAN_COMMIT,
              (uint64_t)best, 0, span->decommitted);
        span->decommitted = 0;
    }
    uint32_t block = (uint32_t)roll(sim, span->count);
    while (span->blocks[block].live || span->blocks[block].deferred)
        block = (block + 1) % span->count;
    span->blocks[block] = (struct sim_block){true, false, wanted, site};
    BUILD(sim->builder, ring_of(heap), sim->time, ALLOC, sim->nodes[site],
          wanted, (uint64_t)best, block);
}

static void allocate_large(struct sim_heap *sim, int heap) {
    uint32_t site = (uint32_t)roll(sim, SIM_SITES);
    int count = 1 + (int)roll(sim, 4);
    int i = acquire(sim, heap, -1, count);
    if (i < 0)
        return;
    uint32_t wanted =
        (uint32_t)roll(sim, (uint64_t)count * span_bytes - header + 1);
    sim->spans[i].blocks[0] = (struct sim_block){true, false, wanted, site};
    BUILD(sim->builder, ring_of(heap), sim->time, ALLOC, sim->nodes[site],
          wanted, (uint64_t)i, 0);
}

static void release(struct sim_heap *sim, int i) {
    struct sim_span *span = &sim->spans[i];
    static const int places[] = {TRACE_PLACE_SEGMENT, TRACE_PLACE_GLOBAL_CACHE,
                                 TRACE_PLACE_THREAD_CACHE};
    int to = places[roll(sim, 3)], count = span->run;
    BUILD(sim->builder, ring_of(span->heap), sim->time, SPAN_RELEASE,
          (uint64_t)i, (uint64_t)count, (uint64_t)span->heap, (uint64_t)to);
    for (int j = i; j < i + count; j++) {
        sim->spans[j].place = to;
        sim->spans[j].heap = span->heap;
    }
}

static bool is_empty(const struct sim_span *span) {
    for (uint32_t i = 0; i < span->count; i++)
        if (span->blocks[i].live || span->blocks[i].deferred)
            return false;
    return true;
}

// A random span run of a heap, or -1.
static int any_span(struct sim_heap *sim) {
    int i = (int)roll(sim, SIM_SPANS);
    for (int n = 0; n < SIM_SPANS; n++, i = (i + 1) % SIM_SPANS)
        if (sim->mapped[i / 64] && sim->spans[i].place == TRACE_PLACE_ORPHAN &&
            sim->spans[i].run > 0)
            return i;
    return -1;
}

static void free_some(struct sim_heap *sim) {
    int i = any_span(sim);
    if (i < 0)
        return;
    struct sim_span *span = &sim->spans[i];
    uint64_t tries = roll(sim, 2) ? 4 : span->count;
    for (uint64_t n = 0; n < tries; n++) {
        uint32_t block = (uint32_t)roll(sim, span->count);
        if (!span->blocks[block].live)
            continue;
        int heap = (int)roll(sim, SIM_HEAPS);
        bool deferred = heap != span->heap && span->class >= 0;
        span->blocks[block].live = false;
        span->blocks[block].deferred = deferred;
        if (deferred)
            BUILD(sim->builder, ring_of(heap), sim->time, FREE_DEFERRED,
                  (uint64_t)i, block);
        else
            BUILD(sim->builder, ring_of(span->heap), sim->time, FREE,
                  (uint64_t)i, block);
    }
    if (is_empty(span) && (span->class < 0 || roll(sim, 2)))
        release(sim, i);
}

static void collect(struct sim_heap *sim) {
    int i = any_span(sim);
    uint64_t count = 0;
    if (i < 0)
        return;
    for (uint32_t j = 0; j < sim->spans[i].count; j++) {
        count += sim->spans[i].blocks[j].deferred;
        sim->spans[i].blocks[j].deferred = false;
    }
    if (count > 0)
        BUILD(sim->builder, ring_of(sim->spans[i].heap), sim->time,
              DEFERRED_COLLECT, (uint64_t)i, (uint64_t)sim->spans[i].heap,
              count);
}

static void move_cached(struct sim_heap *sim) {
    int i = (int)roll(sim, SIM_SPANS), heap = (int)roll(sim, SIM_HEAPS);
    if (!is_free(sim, i))
        return;
    int to = (sim->spans[i].place + 1) % 3;
    BUILD(sim->builder, ring_of(heap), sim->time, SPAN_TRANSFER, (uint64_t)i, 1,
          (uint64_t)heap, (uint64_t)sim->spans[i].place, (uint64_t)to);
    sim->spans[i].place = to;
    sim->spans[i].heap = heap;
}

static void decommit(struct sim_heap *sim) {
    int i = (int)roll(sim, SIM_SPANS);
    struct sim_span *span = &sim->spans[i];
    uint64_t bytes = (1 + roll(sim, 15)) * 4096;
    if (!sim->mapped[i / 64] || span->decommitted > 0)
        return;
    if (span->place == TRACE_PLACE_ORPHAN) {
        uint64_t live = 0;
        uint64_t deferred = 0;
        if (span->class < 0)
            return;
        for (uint32_t j = 0; j < span->count; j++) {
            live += span->blocks[j].live || span->blocks[j].deferred;
            deferred += span->blocks[j].deferred;
        }
        // Pages of free blocks, or of a span all of whose blocks are deferred.
        if ((span->count - live) * class_bytes[span->class] < bytes &&
            deferred < span->count)
            return;
    }
    span->decommitted = bytes;
    BUILD(sim->builder, 1, sim->time, SPAN_DECOMMIT, (uint64_t)i,
          span_bytes - bytes, bytes);
}

static void unmap_segment(struct sim_heap *sim) {
    uint64_t i = roll(sim, SIM_SEGMENTS);
    if (!sim->mapped[i])
        return;
    for (uint64_t j = i * 64; j < i * 64 + 64; j++)
        if (sim->spans[j].place != TRACE_PLACE_SEGMENT)
            return;
    sim->mapped[i] = false;
    BUILD(sim->builder, 1, sim->time, SEGMENT_UNMAP, i);
}

static void huge_step(struct sim_heap *sim) {
    uint64_t i = roll(sim, SIM_HUGE), number = 0x80000000 + i * 7;
    if (sim->huge_bytes[i] > 0) {
        BUILD(sim->builder, 2, sim->time, FREE, number, 0);
        BUILD(sim->builder, 2, sim->time, HUGE_UNMAP, number);
        sim->huge_bytes[i] = 0;
        return;
    }
    uint32_t site = (uint32_t)roll(sim, SIM_SITES);
    uint64_t bytes = (1 + roll(sim, 1000)) * 65536;
    uint32_t wanted = (uint32_t)roll(sim, bytes - header + 1);
    sim->huge_bytes[i] = bytes;
    sim->huge[i] = (struct sim_block){true, false, wanted, site};
    BUILD(sim->builder, 3, sim->time, HUGE_MAP, number, 0x900000, bytes);
    BUILD(sim->builder, 3, sim->time, ALLOC, sim->nodes[site], wanted, number,
          0);
}

static void add_integrals(struct sim_heap *sim, uint64_t steps) {
    double share[SIM_SITES];
    uint64_t alone[SIM_SITES];
    int64_t parts[PARTS];
    sim_pins(sim, share, alone);
    sim_parts(sim, parts);
    for (int i = 0; i < SIM_SITES; i++)
        sim->share_steps[i] += share[i] * (double)steps;
    for (int i = 0; i < PARTS; i++)
        sim->part_steps[i] += (double)parts[i] * (double)steps;
}

void sim_step(struct sim_heap *sim) {
    int heap = (int)roll(sim, SIM_HEAPS);
    uint64_t kind = roll(sim, 100);
    if (kind < 50)
        allocate(sim, heap);
    else if (kind < 78)
        free_some(sim);
    else if (kind < 84)
        collect(sim);
    else if (kind < 88)
        allocate_large(sim, heap);
    else if (kind < 92)
        move_cached(sim);
    else if (kind < 95)
        decommit(sim);
    else if (kind < 98)
        huge_step(sim);
    else if (kind < 99)
        unmap_segment(sim);
    else {
        sim->bookkeeping += 4096;
        BUILD(sim->builder, 1, sim->time, BOOKKEEPING_MAP, 0x5000, 4096);
    }
    // A mark, and a tag of the heap's ring, with no say in what comes next.
    if (sim->time % 17 == 0)
        BUILD(sim->builder, 1, sim->time, MARK, 1 + sim->time % 2);
    if (sim->time % 13 == 0)
        BUILD(sim->builder, ring_of(heap), sim->time, TAG, sim->time % 3, 1);
    // The stack of the next free of that ring.
    if (sim->time % 7 == 0)
        BUILD(sim->builder, ring_of(heap), sim->time, FREED_BY,
              sim->nodes[sim->time % SIM_SITES]);
    uint64_t steps = 1 + roll(sim, 50);
    add_integrals(sim, steps);
    sim->time += steps;
}

void sim_unseen_step(struct sim_heap *sim) {
    sim->builder = &sim->nowhere;
    sim_step(sim);
    sim->builder = sim->trace;
    sim->nowhere.event_count = 0;
}

static void tell_blocks(const struct sim_heap *sim, struct trace_builder *b,
                        uint64_t number, const struct sim_block *blocks,
                        uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!blocks[i].live && !blocks[i].deferred)
            continue;
        BUILD(b, 0, sim->time, ALLOC, sim->nodes[blocks[i].site],
              blocks[i].wanted, number, i);
        if (blocks[i].deferred)
            BUILD(b, 0, sim->time, FREE_DEFERRED, number, i);
    }
}

static void tell_span(const struct sim_heap *sim, struct trace_builder *b,
                      uint64_t i) {
    const struct sim_span *span = &sim->spans[i];
    uint64_t heap = (uint64_t)span->heap;
    if (span->place != TRACE_PLACE_ORPHAN && span->place != TRACE_PLACE_SEGMENT)
        BUILD(b, 0, sim->time, SPAN_TRANSFER, i, 1, heap, TRACE_PLACE_SEGMENT,
              (uint64_t)span->place);
    if (span->place == TRACE_PLACE_ORPHAN && span->run > 0) {
        BUILD(b, 0, sim->time, SPAN_ACQUIRE, i, (uint64_t)span->run, heap,
              span->class < 0 ? TRACE_CLASS_LARGE : (uint64_t)span->class,
              TRACE_PLACE_SEGMENT);
        tell_blocks(sim, b, i, span->blocks, span->count);
    }
}

static void tell_all(const struct sim_heap *sim, struct trace_builder *b) {
    if (sim->bookkeeping > 0)
        BUILD(b, 0, sim->time, BOOKKEEPING_MAP, 0x5000, sim->bookkeeping);
    for (uint64_t i = 0; i < SIM_SEGMENTS; i++)
        if (sim->mapped[i])
            BUILD(b, 0, sim->time, SEGMENT_MAP, i, 0x10000 * (i + 1),
                  64 * span_bytes + lost_by_aligning,
                  0x10000 * (i + 1) + lost_by_aligning, 64);
    for (uint64_t i = 0; i < SIM_SPANS; i++)
        if (sim->mapped[i / 64])
            tell_span(sim, b, i);
    for (uint64_t i = 0; i < SIM_SPANS; i++)
        if (sim->mapped[i / 64] && sim->spans[i].decommitted > 0)
            BUILD(b, 0, sim->time, SPAN_DECOMMIT, i,
                  span_bytes - sim->spans[i].decommitted,
                  sim->spans[i].decommitted);
    for (uint64_t i = 0; i < SIM_HUGE; i++) {
        uint64_t number = 0x80000000 + i * 7;
        if (sim->huge_bytes[i] == 0)
            continue;
        BUILD(b, 0, sim->time, HUGE_MAP, number, 0x900000, sim->huge_bytes[i]);
        tell_blocks(sim, b, number, &sim->huge[i], 1);
    }
}

void sim_tell(struct sim_heap *sim, uint64_t number) {
    sim->nowhere.event_count = 0;
    tell_all(sim, &sim->nowhere);
    uint64_t events = sim->nowhere.event_count;
    sim->nowhere.event_count = 0;
    BUILD(sim->trace, 0, sim->time, SNAPSHOT, number, events, sim_held(sim));
    tell_all(sim, sim->trace);
    BUILD(sim->trace, 0, sim->time, SNAPSHOT_END, 0);
    sim->time++;
}

static void add_large(int64_t parts[PARTS], uint64_t total, uint64_t wanted,
                      uint64_t decommitted) {
    uint64_t end = (header + wanted + 4095) / 4096 * 4096;
    parts[PART_USED] += (int64_t)wanted;
    parts[PART_OVERHEAD] += (int64_t)header;
    parts[PART_ROUNDING] += (int64_t)(end - header - wanted);
    parts[PART_SLACK] += (int64_t)(total - end) - (int64_t)decommitted;
}

static void add_span(int64_t parts[PARTS], const struct sim_span *span,
                     uint32_t run) {
    if (span->class < 0) {
        uint64_t decommitted = 0;
        for (uint32_t i = 0; i < run; i++)
            decommitted += span[i].decommitted;
        if (span->blocks[0].live)
            add_large(parts, run * span_bytes, span->blocks[0].wanted,
                      decommitted);
        else
            parts[PART_EMPTY] += (int64_t)(run * span_bytes - decommitted);
        return;
    }
    int64_t bytes = class_bytes[span->class], in_use = 0, deferred = 0;
    for (uint32_t i = 0; i < span->count; i++) {
        deferred += span->blocks[i].deferred;
        if (span->blocks[i].live) {
            parts[PART_USED] += span->blocks[i].wanted;
            parts[PART_ROUNDING] += bytes - span->blocks[i].wanted;
        } else if (span->blocks[i].deferred) {
            parts[PART_DEFERRED] += bytes;
        }
        in_use += span->blocks[i].live || span->blocks[i].deferred;
    }
    if (in_use == 0) {
        parts[PART_EMPTY] += (int64_t)(span_bytes - span->decommitted);
        return;
    }
    parts[PART_SPAN_FREE] += (span->count - in_use) * bytes;
    parts[deferred == span->count ? PART_DEFERRED : PART_SPAN_FREE] -=
        (int64_t)span->decommitted;
    parts[PART_OVERHEAD] += (int64_t)span_bytes - span->count * bytes;
}

void sim_parts(const struct sim_heap *sim, int64_t parts[PARTS]) {
    memset(parts, 0, PARTS * sizeof *parts);
    parts[PART_OVERHEAD] = (int64_t)sim->bookkeeping;
    for (int i = 0; i < SIM_SEGMENTS; i++)
        if (sim->mapped[i])
            parts[PART_SEGMENT] += (int64_t)lost_by_aligning;
    for (int i = 0; i < SIM_SPANS; i++) {
        const struct sim_span *span = &sim->spans[i];
        int64_t bytes = (int64_t)(span_bytes - span->decommitted);
        if (!sim->mapped[i / 64])
            continue;
        switch (span->place) {
        case TRACE_PLACE_SEGMENT:
            parts[PART_SEGMENT] += bytes;
            break;
        case TRACE_PLACE_GLOBAL_CACHE:
            parts[PART_GLOBAL_CACHE] += bytes;
            break;
        case TRACE_PLACE_THREAD_CACHE:
            parts[PART_THREAD_CACHE] += bytes;
            break;
        default:
            if (span->run > 0)
                add_span(parts, span, (uint32_t)span->run);
        }
    }
    for (int i = 0; i < SIM_HUGE; i++)
        if (sim->huge_bytes[i] > 0)
            add_large(parts, sim->huge_bytes[i], sim->huge[i].wanted, 0);
}

uint64_t sim_held(const struct sim_heap *sim) {
    uint64_t held = sim->bookkeeping;
    for (int i = 0; i < SIM_SEGMENTS; i++)
        held += sim->mapped[i] ? 64 * span_bytes + lost_by_aligning : 0;
    for (int i = 0; i < SIM_SPANS; i++)
        held -= sim->mapped[i / 64] ? sim->spans[i].decommitted : 0;
    for (int i = 0; i < SIM_HUGE; i++)
        held += sim->huge_bytes[i];
    return held;
}

// Live blocks of each site in a span, and its free bytes; false when it has no
// live block.
static bool pinned(const struct sim_heap *sim, int i, uint64_t live[SIM_SITES],
                   uint64_t *bytes) {
    const struct sim_span *span = &sim->spans[i];
    uint64_t all = 0;
    memset(live, 0, SIM_SITES * sizeof *live);
    if (!sim->mapped[i / 64] || span->place != TRACE_PLACE_ORPHAN ||
        span->class < 0)
        return false;
    for (uint32_t j = 0; j < span->count; j++)
        if (span->blocks[j].live) {
            live[span->blocks[j].site]++;
            all++;
        }
    *bytes = span_bytes - all * class_bytes[span->class] - span->decommitted;
    return all > 0;
}

void sim_pins(const struct sim_heap *sim, double share[SIM_SITES],
              uint64_t alone[SIM_SITES]) {
    memset(share, 0, SIM_SITES * sizeof *share);
    memset(alone, 0, SIM_SITES * sizeof *alone);
    for (int i = 0; i < SIM_SPANS; i++) {
        uint64_t live[SIM_SITES], bytes, all = 0;
        if (!pinned(sim, i, live, &bytes))
            continue;
        for (int s = 0; s < SIM_SITES; s++)
            all += live[s];
        for (int s = 0; s < SIM_SITES; s++) {
            share[s] += (double)bytes * (double)live[s] / (double)all;
            alone[s] += live[s] == all ? bytes : 0;
        }
    }
}

uint64_t sim_freed_by(const struct sim_heap *sim, unsigned sites) {
    uint64_t sum = 0;
    for (int i = 0; i < SIM_SPANS; i++) {
        uint64_t live[SIM_SITES], bytes;
        bool all_in = pinned(sim, i, live, &bytes);
        for (int s = 0; s < SIM_SITES; s++)
            all_in = all_in && (live[s] == 0 || (sites >> s & 1));
        sum += all_in ? bytes : 0;
    }
    return sum;
}
