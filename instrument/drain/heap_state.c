// heap_state.c - see heap_state.h.
#include "instrument/drain/heap_state.h"

#include "core/base/bits.h"
#include "instrument/os/system.h"
#include "instrument/shm/module.h"

enum {
    RING_NONE = 0,        // of a heap that no thread has
    HEAPS_MOST = 1 << 22, // numbers; beyond, they are none
    BOOKKEEPINGS_MOST = 1 << 20,
};

struct rp_heap_state *rp_heap_state_make(const struct rp_layout_info *layout,
                                         const struct rp_class_info *classes) {
    struct rp_heap_state *heaps = rp_system_map(sizeof *heaps, RP_MAP_OWN);
    if (heaps == NULL)
        return NULL;

    heaps->layout = *layout;
    heaps->classes = classes;
    if (rp_heap_tables_start(&heaps->tables))
        return heaps;
    rp_heap_state_free(heaps);
    return NULL;
}

void rp_heap_state_free(struct rp_heap_state *heaps) {
    rp_heap_tables_free(&heaps->tables);
    rp_system_unmap(heaps, sizeof *heaps);
}

// ---- blocks ----

// The span of a number, if it is mapped; *left: how many spans there are from
// it to the end of its segment.
static struct span_entry *span_at(const struct rp_heap_state *heaps,
                                  uint32_t number, uint32_t *left) {
    bool huge = (number & RP_HUGE_BIT) != 0;
    uint32_t per = huge ? 1 : heaps->layout.spans_per_segment;
    const struct segment_entry *segment = rp_heap_tables_find(
        huge ? &heaps->tables.huges : &heaps->tables.segments,
        (number & ~RP_HUGE_BIT) / per);

    *left = 0;
    if (segment == NULL || number % per >= segment->count)
        return NULL;
    *left = segment->count - number % per;
    return &segment->spans[huge ? 0 : number % per];
}

// The block's tag is the ring's. Without memory for it the tables are broken.
static void set_tag(struct rp_heap_state *heaps, uint32_t number,
                    struct span_entry *span, uint32_t block) {
    const struct ring_entry *ring =
        rp_heap_tables_find(&heaps->tables.rings, number);
    uint32_t tag = ring != NULL ? ring->tag : 0;

    if (span->blocks == NULL) {
        span->tag = tag;
        return;
    }
    if (tag != 0 && span->tags == NULL)
        span->tags = rp_heap_tables_take(&heaps->tables,
                                         span->capacity * sizeof *span->tags);
    if (span->tags != NULL)
        span->tags[block] = tag;
}

static void set_block(struct rp_heap_state *heaps, uint32_t ring,
                      const struct rp_record *record) {
    uint32_t left, stack = (uint32_t)record->c[1];
    struct span_entry *span = span_at(heaps, record->a, &left);
    bool resized = record->type == TRACE_EVENT_RESIZE;

    if (span == NULL || record->b >= span->capacity)
        return;
    if (!resized)
        set_tag(heaps, ring, span, record->b);
    if (span->blocks == NULL) {
        if (stack != 0 || !resized)
            span->stack = stack;
        span->size = record->c[0];
        span->live = 1;
        return;
    }
    struct block_entry *block = &span->blocks[record->b];
    span->live += !block->live;
    if (stack != 0 || !resized)
        block->stack = stack;
    block->size = (uint32_t)record->c[0] & 0x7fffffff;
    block->live = 1;
}

// What each block of the span can hold.
static uint64_t most_bytes(const struct rp_heap_state *heaps, uint32_t number,
                           const struct span_entry *span) {
    uint64_t bytes = (uint64_t)span->run * heaps->layout.span_bytes;

    if (span->blocks != NULL)
        return heaps->classes[span->class_index].block_bytes;
    if ((number & RP_HUGE_BIT) != 0) {
        const struct segment_entry *huge =
            rp_heap_tables_find(&heaps->tables.huges, number & ~RP_HUGE_BIT);
        bytes = huge->bytes;
    }
    return bytes - heaps->layout.large_header_bytes;
}

// Blocks from before a fork.
static void set_blocks(struct rp_heap_state *heaps, uint32_t ring,
                       const struct rp_record *record) {
    uint32_t left;
    const struct span_entry *span = span_at(heaps, record->a, &left);
    struct rp_record block = {.type = TRACE_EVENT_ALLOC, .a = record->a};

    if (span == NULL)
        return;
    block.c[0] = most_bytes(heaps, record->a, span);
    for (uint64_t bits = record->c[0]; bits != 0; bits &= bits - 1) {
        block.b = record->b + lowest_bit(bits);
        set_block(heaps, ring, &block);
    }
}

static void clear_block(struct rp_heap_state *heaps,
                        const struct rp_record *record) {
    uint32_t left;
    struct span_entry *span = span_at(heaps, record->a, &left);

    if (span == NULL || record->b >= span->capacity)
        return;
    if (span->blocks == NULL) {
        span->live = 0;
        return;
    }
    span->live -= span->blocks[record->b].live;
    span->blocks[record->b].live = 0;
    span->deferred += record->type == TRACE_EVENT_FREE_DEFERRED;
}

// ---- spans ----

static void empty_span(struct rp_heap_state *heaps, struct span_entry *span) {
    if (span->blocks != NULL)
        rp_heap_tables_give(&heaps->tables, span->blocks,
                            span->capacity * sizeof *span->blocks);
    if (span->tags != NULL)
        rp_heap_tables_give(&heaps->tables, span->tags,
                            span->capacity * sizeof *span->tags);
    span->blocks = NULL;
    span->tags = NULL;
    span->tag = 0;
    span->capacity = span->live = span->deferred = 0;
    span->in_heap = false;
}

static void acquire(struct rp_heap_state *heaps,
                    const struct rp_record *record) {
    uint32_t left, count = (uint32_t)record->c[0];
    uint32_t heap = (uint32_t)(record->c[0] >> 32);
    struct span_entry *span = span_at(heaps, record->a, &left);

    if (span == NULL)
        return;
    if (count == 0 || count > left) {
        heaps->refused++;
        return;
    }
    if (record->c[1] == RP_PLACE_ORPHAN && span->in_heap) {
        span->heap = heap; // it has come with its blocks
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        empty_span(heaps, &span[i]);
    span->in_heap = true;
    span->heap = heap;
    span->run = count;
    span->class_index = (uint8_t)record->b;
    span->state = RP_SPAN_ACTIVE;
    span->capacity = 1;
    if (record->b >= heaps->layout.class_count)
        return;
    span->capacity = heaps->classes[record->b].blocks_per_span;
    span->blocks = rp_heap_tables_take(&heaps->tables,
                                       span->capacity * sizeof *span->blocks);
    if (span->blocks == NULL)
        span->capacity = 0;
}

static void put(struct rp_heap_state *heaps, const struct rp_record *record,
                uint8_t place) {
    uint32_t left, count = (uint32_t)record->c[0];
    struct span_entry *span = span_at(heaps, record->a, &left);

    for (uint32_t i = 0; span != NULL && i < count && i < left; i++) {
        empty_span(heaps, &span[i]);
        span[i].place = place;
        span[i].heap = (uint32_t)(record->c[0] >> 32);
    }
}

// The pages of each span of the run, in sixty-fourths of a span.
static void commit(struct rp_heap_state *heaps,
                   const struct rp_record *record) {
    uint64_t unit = heaps->layout.span_bytes / 64;
    uint64_t from = record->c[0] / unit, to = from + record->c[1] / unit;
    uint32_t left;
    struct span_entry *span = span_at(heaps, record->a, &left);

    for (uint64_t i = from; span != NULL && i < to && i / 64 < left; i++) {
        uint64_t bit = (uint64_t)1 << i % 64;
        if (record->type == TRACE_EVENT_SPAN_COMMIT)
            span[i / 64].gone &= ~bit;
        else
            span[i / 64].gone |= bit;
    }
}

// ---- memory of the program ----

static void unmap(struct rp_heap_state *heaps, struct segment_entry *segment) {
    if (segment == NULL || segment->count == 0)
        return;
    for (uint32_t i = 0; i < segment->count; i++)
        empty_span(heaps, &segment->spans[i]);
    rp_heap_tables_give(&heaps->tables, segment->spans,
                        segment->count * sizeof *segment->spans);
    segment->count = 0;
}

// Whether the numbers of all its spans are numbers of spans.
static bool can_be(const struct rp_heap_state *heaps,
                   const struct rp_record *record) {
    uint32_t per = heaps->layout.spans_per_segment, number = record->a;
    uint32_t most = RP_HEAP_TABLE_PAGES * RP_HEAP_TABLE_PAGE;

    if (record->type == TRACE_EVENT_HUGE_MAP)
        return (number & RP_HUGE_BIT) != 0 && (number & ~RP_HUGE_BIT) < most;
    return number < most && number < RP_HUGE_BIT / per && record->b != 0 &&
           record->b <= per;
}

static void map(struct rp_heap_state *heaps, const struct rp_record *record) {
    bool huge = record->type == TRACE_EVENT_HUGE_MAP;
    if (!can_be(heaps, record)) {
        heaps->refused++;
        return;
    }
    struct rp_heap_table *table =
        huge ? &heaps->tables.huges : &heaps->tables.segments;
    struct segment_entry *segment =
        rp_heap_tables_make(&heaps->tables, table, record->a & ~RP_HUGE_BIT);
    uint32_t count = huge ? 1 : record->b;

    if (segment == NULL)
        return;
    unmap(heaps, segment);
    segment->spans =
        rp_heap_tables_take(&heaps->tables, count * sizeof *segment->spans);
    if (segment->spans == NULL)
        return;
    segment->count = count;
    segment->address = record->c[0];
    segment->bytes = record->c[1];
    segment->first_span = huge ? 0 : record->c[2];
    if (huge)
        segment->spans->capacity = segment->spans->run = 1;
}

static void keep_books(struct rp_heap_state *heaps,
                       const struct rp_record *record) {
    if (record->type == TRACE_EVENT_BOOKKEEPING_MAP) {
        if (heaps->bookkeepings == BOOKKEEPINGS_MOST) {
            heaps->refused++;
            return;
        }
        struct memory_entry *memory = rp_heap_tables_make(
            &heaps->tables, &heaps->tables.bookkeeping, heaps->bookkeepings);
        if (memory == NULL)
            return;
        *memory = (struct memory_entry){record->c[0], record->c[1]};
        heaps->bookkeepings++;
        return;
    }
    for (uint32_t i = 0; i < heaps->bookkeepings; i++) {
        struct memory_entry *memory =
            rp_heap_tables_find(&heaps->tables.bookkeeping, i);
        if (memory->address == record->c[0] && memory->bytes == record->c[1]) {
            heaps->bookkeepings--;
            *memory = *(struct memory_entry *)rp_heap_tables_find(
                &heaps->tables.bookkeeping, heaps->bookkeepings);
            return;
        }
    }
}

// ---- who ----

static void have_heap(struct rp_heap_state *heaps, uint32_t ring,
                      const struct rp_record *record) {
    if (record->a >= HEAPS_MOST) {
        heaps->refused++;
        return;
    }
    struct heap_entry *heap =
        rp_heap_tables_make(&heaps->tables, &heaps->tables.heaps, record->a);

    if (heap == NULL)
        return;
    heap->exists = true;
    if (record->a >= heaps->heap_limit)
        heaps->heap_limit = record->a + 1;
    heap->ring = record->type == TRACE_EVENT_HEAP_ORPHAN ? RING_NONE : ring;
}

static void name_heap(struct rp_heap_state *heaps,
                      const struct rp_record *record) {
    struct heap_entry *heap =
        rp_heap_tables_find(&heaps->tables.heaps, record->a);

    if (heap != NULL)
        heap->name = (uint32_t)record->c[0];
}

static void have_tag(struct rp_heap_state *heaps, uint32_t number,
                     const struct rp_record *record) {
    struct ring_entry *ring =
        rp_heap_tables_make(&heaps->tables, &heaps->tables.rings, number);

    if (ring == NULL)
        return;
    ring->tag = record->a;
    ring->tags = record->b;
}

static void have_thread(struct rp_heap_state *heaps, uint32_t number,
                        const struct rp_record *record) {
    struct ring_entry *ring =
        rp_heap_tables_make(&heaps->tables, &heaps->tables.rings, number);

    if (ring == NULL)
        return;
    ring->thread = record->a;
    ring->ended = record->type == TRACE_EVENT_THREAD_END;
    if (!ring->ended)
        ring->text = (uint32_t)record->c[0];
}

static void have_module(struct rp_heap_state *heaps,
                        const struct rp_record *record) {
    if (record->a >= RP_MODULES_MOST) {
        heaps->refused++;
        return;
    }
    struct module_entry *module =
        rp_heap_tables_make(&heaps->tables, &heaps->tables.modules, record->a);

    if (module != NULL)
        module->loaded = record->type == TRACE_EVENT_MODULE_LOAD;
}

void rp_heap_state_apply(struct rp_heap_state *heaps, uint32_t ring,
                         const struct rp_record *record) {
    struct span_entry *span;
    uint32_t left;

    switch (record->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        set_block(heaps, ring, record);
        break;
    case TRACE_EVENT_INHERITED:
        set_blocks(heaps, ring, record);
        break;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        clear_block(heaps, record);
        break;
    case TRACE_EVENT_SPAN_ACQUIRE:
        acquire(heaps, record);
        break;
    case TRACE_EVENT_SPAN_STATE:
        if ((span = span_at(heaps, record->a, &left)) != NULL)
            span->state = (uint8_t)record->b;
        break;
    case TRACE_EVENT_SPAN_RELEASE:
        put(heaps, record, (uint8_t)record->b);
        break;
    case TRACE_EVENT_SPAN_TRANSFER:
        put(heaps, record, (uint8_t)record->c[1]);
        break;
    case TRACE_EVENT_DEFERRED_COLLECT:
        if ((span = span_at(heaps, record->a, &left)) != NULL) {
            span->deferred -=
                record->b < span->deferred ? record->b : span->deferred;
            span->heap = (uint32_t)record->c[0];
        }
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
        commit(heaps, record);
        break;
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_HUGE_MAP:
        map(heaps, record);
        break;
    case TRACE_EVENT_SEGMENT_UNMAP:
        unmap(heaps, rp_heap_tables_find(&heaps->tables.segments, record->a));
        break;
    case TRACE_EVENT_HUGE_UNMAP:
        unmap(heaps, rp_heap_tables_find(&heaps->tables.huges,
                                         record->a & ~RP_HUGE_BIT));
        break;
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        keep_books(heaps, record);
        break;
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_ORPHAN:
        have_heap(heaps, ring, record);
        break;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_END:
        have_thread(heaps, ring, record);
        break;
    case TRACE_EVENT_HEAP_NAME:
        name_heap(heaps, record);
        break;
    case TRACE_EVENT_TAG:
        have_tag(heaps, ring, record);
        break;
    case TRACE_EVENT_MODULE_LOAD:
    case TRACE_EVENT_MODULE_UNLOAD:
        have_module(heaps, record);
        break;
    default:
        break;
    }
}
