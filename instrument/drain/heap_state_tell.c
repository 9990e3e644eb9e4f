// heap_state_tell.c - see heap_state_tell.h.
#include "instrument/drain/heap_state_tell.h"

struct teller {
    const struct rp_heap_state *heaps;
    uint32_t *tag; // that ring 0 has now
    void (*tell)(void *context, uint32_t ring, const struct rp_record *record);
    void *context;
};

static void tell(const struct teller *teller, unsigned type, uint32_t a,
                 uint32_t b, uint64_t c0, uint64_t c1, uint64_t c2) {
    struct rp_record record = {0, type, a, b, {c0, c1, c2, 0}};

    teller->tell(teller->context, 0, &record);
}

static uint64_t pair(uint32_t low, uint32_t high) {
    return low | (uint64_t)high << 32;
}

// What is told as allocated from here on has this tag.
static void tell_tag(const struct teller *teller, uint32_t tag) {
    if (tag != *teller->tag)
        tell(teller, TRACE_EVENT_TAG, tag, tag != 0, 0, 0, 0);
    *teller->tag = tag;
}

static void tell_blocks(const struct teller *teller, uint32_t number,
                        const struct span_entry *span) {
    uint32_t deferred = span->deferred;

    if (span->blocks == NULL) {
        if (span->live == 0)
            return;
        tell_tag(teller, span->tag);
        tell(teller, TRACE_EVENT_ALLOC, number, 0, span->size, span->stack, 0);
        return;
    }
    for (uint32_t i = 0; i < span->capacity; i++) {
        const struct block_entry *block = &span->blocks[i];
        if (block->live) {
            tell_tag(teller, span->tags != NULL ? span->tags[i] : 0);
            tell(teller, TRACE_EVENT_ALLOC, number, i, block->size,
                 block->stack, 0);
        } else if (deferred > 0) {
            // Which ones are not collected yet is not known, but how many.
            deferred--;
            tell_tag(teller, 0);
            tell(teller, TRACE_EVENT_ALLOC, number, i, 0, 0, 0);
            tell(teller, TRACE_EVENT_FREE_DEFERRED, number, i, 0, 0, 0);
        }
    }
}

static void tell_gone(const struct teller *teller, uint32_t number,
                      uint64_t gone) {
    uint64_t unit = teller->heaps->layout.span_bytes / 64;

    for (unsigned i = 0; i < 64; i++) {
        unsigned first = i;
        while (i < 64 && (gone >> i & 1) != 0)
            i++;
        if (i > first)
            tell(teller, TRACE_EVENT_SPAN_DECOMMIT, number, 0, first * unit,
                 (i - first) * unit, 0);
    }
}

// Returns how many spans that were.
static uint32_t tell_span(const struct teller *teller, uint32_t number,
                          const struct span_entry *span) {
    if (!span->in_heap) {
        if (span->place != RP_PLACE_SEGMENT)
            tell(teller, TRACE_EVENT_SPAN_TRANSFER, number, RP_PLACE_SEGMENT,
                 pair(1, span->heap), span->place, 0);
        tell_gone(teller, number, span->gone);
        return 1;
    }
    tell(teller, TRACE_EVENT_SPAN_ACQUIRE, number, span->class_index,
         pair(span->run, span->heap), RP_PLACE_SEGMENT, 0);
    if (span->state != RP_SPAN_ACTIVE)
        tell(teller, TRACE_EVENT_SPAN_STATE, number, span->state, 0, 0, 0);
    tell_blocks(teller, number, span);
    for (uint32_t i = 0; i < span->run; i++)
        tell_gone(teller, number + i, span[i].gone);
    return span->run;
}

static void tell_segment(const struct teller *teller, uint32_t number,
                         const struct segment_entry *segment) {
    uint32_t first = number * teller->heaps->layout.spans_per_segment;

    tell(teller, TRACE_EVENT_SEGMENT_MAP, number, segment->count,
         segment->address, segment->bytes, segment->first_span);
    for (uint32_t i = 0; i < segment->count;)
        i += tell_span(teller, first + i, &segment->spans[i]);
}

static void tell_huge(const struct teller *teller, uint32_t number,
                      const struct segment_entry *huge) {
    tell(teller, TRACE_EVENT_HUGE_MAP, number | RP_HUGE_BIT, 0, huge->address,
         huge->bytes, 0);
    tell_blocks(teller, number | RP_HUGE_BIT, huge->spans);
    tell_gone(teller, number | RP_HUGE_BIT, huge->spans->gone);
}

// Calls for each entry of the table.
static void each(const struct teller *teller, const struct rp_heap_table *table,
                 void (*visit)(const struct teller *teller, uint32_t number,
                               const void *entry)) {
    for (uint32_t page = 0; page < RP_HEAP_TABLE_PAGES; page++) {
        for (uint32_t i = 0;
             table->pages[page] != NULL && i < RP_HEAP_TABLE_PAGE; i++) {
            uint32_t number = page * RP_HEAP_TABLE_PAGE + i;
            visit(teller, number, rp_heap_tables_find(table, number));
        }
    }
}

static void visit_segment(const struct teller *teller, uint32_t number,
                          const void *entry) {
    const struct segment_entry *segment = entry;

    if (segment->count > 0)
        tell_segment(teller, number, segment);
}

static void visit_huge(const struct teller *teller, uint32_t number,
                       const void *entry) {
    const struct segment_entry *huge = entry;

    if (huge->count > 0)
        tell_huge(teller, number, huge);
}

static void visit_module(const struct teller *teller, uint32_t number,
                         const void *entry) {
    const struct module_entry *module = entry;

    if (module->loaded)
        tell(teller, TRACE_EVENT_MODULE_LOAD, number, 0, 0, 0, 0);
}

// Heaps that no thread has.
static void visit_heap(const struct teller *teller, uint32_t number,
                       const void *entry) {
    const struct heap_entry *heap = entry;

    if (!heap->exists || heap->ring != 0)
        return;
    tell(teller, TRACE_EVENT_HEAP_CREATE, number, 0, 0, 0, 0);
    tell(teller, TRACE_EVENT_HEAP_ORPHAN, number, 0, 0, 0, 0);
    if (heap->name != 0)
        tell(teller, TRACE_EVENT_HEAP_NAME, number, 0, heap->name, 0, 0);
}

static void visit_ring(const struct teller *teller, uint32_t number,
                       const void *entry) {
    const struct ring_entry *ring = entry;
    struct rp_record start = {
        0, TRACE_EVENT_THREAD_START, ring->thread, 0, {ring->text}};
    struct rp_record end = {0, TRACE_EVENT_THREAD_END, ring->thread, 0, {0}};
    struct rp_record tag = {0, TRACE_EVENT_TAG, ring->tag, ring->tags, {0}};

    if (ring->thread == 0) { // of no thread's first producer
        if (ring->tag != 0)
            teller->tell(teller->context, number, &tag);
        return;
    }
    teller->tell(teller->context, number, &start);
    for (uint32_t i = 0; i < teller->heaps->heap_limit; i++) {
        const struct heap_entry *heap =
            rp_heap_tables_find(&teller->heaps->tables.heaps, i);
        struct rp_record has = {0, TRACE_EVENT_HEAP_CREATE, i, 0, {0}};
        if (heap == NULL || !heap->exists || heap->ring != number)
            continue;
        struct rp_record name = {0, TRACE_EVENT_HEAP_NAME, i, 0, {heap->name}};
        teller->tell(teller->context, number, &has);
        if (heap->name != 0)
            teller->tell(teller->context, number, &name);
    }
    if (ring->tag != 0)
        teller->tell(teller->context, number, &tag);
    if (ring->ended)
        teller->tell(teller->context, number, &end);
}

void rp_heap_state_tell(const struct rp_heap_state *heaps,
                        void (*to)(void *context, uint32_t ring,
                                   const struct rp_record *record),
                        void *context) {
    uint32_t tag = 0;
    struct teller teller = {heaps, &tag, to, context};

    for (uint32_t i = 0; i < heaps->bookkeepings; i++) {
        const struct memory_entry *memory =
            rp_heap_tables_find(&heaps->tables.bookkeeping, i);
        tell(&teller, TRACE_EVENT_BOOKKEEPING_MAP, 0, 0, memory->address,
             memory->bytes, 0);
    }
    each(&teller, &heaps->tables.modules, visit_module);
    each(&teller, &heaps->tables.heaps, visit_heap);
    each(&teller, &heaps->tables.segments, visit_segment);
    each(&teller, &heaps->tables.huges, visit_huge);
    tell_tag(&teller, 0);
    each(&teller, &heaps->tables.rings, visit_ring);
}
