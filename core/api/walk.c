// walk.c - counting every block by looking at every span, for the observer.
//
// Goes through the segments, not through the heaps' lists: so it checks the
// lists as well. Spans that nobody has are known by their bit; of the others,
// the header of each run tells its length and its kind.
#include "core/api/walk.h"
#include "core/heap/census.h"
#include "core/hook.h"
#include "core/memory/memory.h"
#include "core/span/deferred.h"
#include "core/span/huge_unit.h"
#include "core/span/segment.h"
#include "core/thread/registry.h"

struct rp_layout_info rp_layout(void) {
    return (struct rp_layout_info){SPAN_BYTES, SPAN_HEADER, SEGMENT_SPANS,
                                   CLASS_COUNT, LARGE_HEADER};
}

struct rp_source_info rp_source(void) {
    enum huge_unit_use use = rp_huge_unit_use();

    return (struct rp_source_info){
        rp_memory_is_paged(), rp_memory_may_decommit(),
        use == HUGE_UNIT_NEVER    ? RP_HUGE_PAGES_NEVER
        : use == HUGE_UNIT_ALWAYS ? RP_HUGE_PAGES_ALWAYS
                                  : RP_HUGE_PAGES_GROWN};
}

struct rp_class_info rp_class(uint32_t class_index) {
    const struct size_class *class = &rp_size_classes[class_index];

    return (struct rp_class_info){class->block_bytes, class->capacity};
}

struct walk {
    void (*visit)(const struct rp_span_info *span, void *context);
    void *context;
};

// Freed by the thread of `heap`, not pushed yet.
static uint32_t waiting_blocks(const struct heap *heap,
                               const struct span *span) {
    const struct outgoing_chain *chain =
        heap != NULL ? outgoing_find(&heap->outgoing, span) : NULL;

    return chain != NULL ? outgoing_count(chain) : 0;
}

static void visit_span(const struct span *span, void *context) {
    const struct walk *walk = context;
    uintptr_t flags = span_flags(span);
    struct rp_span_info info = {
        .number = span->number,
        .span_count = span->run != 0 ? span->run : 1, // huge: itself
        .class_index = span->class_index,
        .heap = span->heap_number,
        .live_blocks = 1,
    };

    if ((flags & SPAN_EMPTY) != 0)
        return;
    // relaxed: exact only while no other thread is at work.
    info.deferred_blocks = deferred_count(load_relaxed(&span->deferred));
    if ((flags & (SPAN_LARGE | SPAN_HUGE)) != 0) {
        info.live_blocks -= info.deferred_blocks;
    } else {
        for (uint32_t i = rp_registry_count(); i-- > 0;)
            info.deferred_blocks += waiting_blocks(rp_registry_heap(i), span);
        info.live_blocks = span_used(span) - info.deferred_blocks;
        const struct heap *heap = span_heap(span);
        info.live_blocks -= rp_census_unused(heap, span);
    }
    if (info.live_blocks + info.deferred_blocks > 0)
        walk->visit(&info, walk->context);
}

void rp_walk_runs(const struct segment *segment,
                  void (*visit)(const struct span *first, void *context),
                  void *context) {
    // relaxed, both: exact only while no other thread is at work.
    uint64_t all = load_relaxed(&segment->all);
    uint64_t taken = all & ~load_relaxed(&segment->free);

    if (segment_first(segment) == NULL)
        return;
    if (all == 0) {
        visit(span_of(segment_first(segment)), context);
        return;
    }
    for (unsigned i = 0; i < SEGMENT_SPANS && taken >> i != 0;) {
        const struct span *span = span_of(segment_span(segment, i));
        // A thread that vanished at a fork may have left a span without a
        // header of its own.
        if ((taken >> i & 1) == 0 ||
            span->number != segment->slot * SEGMENT_SPANS + i ||
            span->run == 0) {
            ++i;
            continue;
        }
        visit(span, context);
        i += span->run;
    }
}

static void visit_segment(struct segment *segment, void *context) {
    rp_walk_runs(segment, visit_span, context);
}

void rp_walk(void (*visit)(const struct rp_span_info *span, void *context),
             void *context) {
    struct walk walk = {visit, context};

    rp_segment_table_each(visit_segment, &walk);
}
