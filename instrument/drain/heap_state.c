// heap_state.c - see shadow.h.
#include "instrument/drain/heap_state.h"

#include "core/base/bits.h"
#include "instrument/drain/heap_state_parts.h"
#include "instrument/os/system.h"

#include <string.h>

enum {
    CHUNK_BYTES = 1 << 20,
    LEAST_POOL = 6, // 64 bytes
    HEAP_NONE = 0,  // no ring has it
};

// ---- memory ----

void *rp_shadow_at(const struct rp_shadow_table *table, uint32_t number) {
    uint32_t page = number / RP_SHADOW_PAGE;

    if (page >= RP_SHADOW_PAGES || table->pages[page] == NULL)
        return NULL;
    return (uint8_t *)table->pages[page] +
           number % RP_SHADOW_PAGE * table->bytes;
}

static void *at(struct rp_shadow *shadow, struct rp_shadow_table *table,
                uint32_t number) {
    uint32_t page = number / RP_SHADOW_PAGE;

    if (page < RP_SHADOW_PAGES && table->pages[page] == NULL)
        table->pages[page] =
            rp_system_map(RP_SHADOW_PAGE * table->bytes, RP_MAP_OWN);
    void *entry = rp_shadow_at(table, number);
    shadow->broken |= entry == NULL;
    return entry;
}

static bool start_table(struct rp_shadow_table *table, size_t bytes) {
    table->bytes = bytes;
    table->pages =
        rp_system_map(RP_SHADOW_PAGES * sizeof *table->pages, RP_MAP_OWN);
    return table->pages != NULL;
}

static void free_table(struct rp_shadow_table *table) {
    for (uint32_t i = 0; table->pages != NULL && i < RP_SHADOW_PAGES; i++) {
        if (table->pages[i] != NULL)
            rp_system_unmap(table->pages[i], RP_SHADOW_PAGE * table->bytes);
    }
    if (table->pages != NULL)
        rp_system_unmap(table->pages, RP_SHADOW_PAGES * sizeof *table->pages);
}

static unsigned pool_of(size_t bytes) {
    unsigned pool = LEAST_POOL;

    while ((size_t)1 << pool < bytes)
        pool++;
    return pool;
}

// Zeroed; at most CHUNK_BYTES / 2.
static void *take(struct rp_shadow *shadow, size_t bytes) {
    unsigned pool = pool_of(bytes);
    size_t size = (size_t)1 << pool;
    void *piece = shadow->pools[pool];

    if (piece != NULL) {
        memcpy(&shadow->pools[pool], piece, sizeof piece);
        memset(piece, 0, bytes);
        return piece;
    }
    if (shadow->chunk_left < size) {
        // The first word of a chunk leads to the one before it.
        uint8_t *chunk = rp_system_map(CHUNK_BYTES, RP_MAP_OWN);
        shadow->broken |= chunk == NULL;
        if (chunk == NULL)
            return NULL;
        uint8_t *last = shadow->chunk;
        uint8_t *first =
            last != NULL ? last + shadow->chunk_left - CHUNK_BYTES : NULL;
        memcpy(chunk, &first, sizeof first);
        shadow->chunk = chunk + ((size_t)1 << LEAST_POOL);
        shadow->chunk_left = CHUNK_BYTES - ((size_t)1 << LEAST_POOL);
    }
    piece = shadow->chunk;
    shadow->chunk += size;
    shadow->chunk_left -= size;
    return piece;
}

static void give(struct rp_shadow *shadow, void *piece, size_t bytes) {
    unsigned pool = pool_of(bytes);

    if (piece == NULL)
        return;
    memcpy(piece, &shadow->pools[pool], sizeof piece);
    shadow->pools[pool] = piece;
}

struct rp_shadow *rp_shadow_make(const struct rp_layout_info *layout,
                                 const struct rp_class_info *classes) {
    struct rp_shadow *shadow = rp_system_map(sizeof *shadow, RP_MAP_OWN);
    if (shadow == NULL)
        return NULL;

    shadow->layout = *layout;
    shadow->classes = classes;
    if (start_table(&shadow->segments, sizeof(struct shadow_segment)) &&
        start_table(&shadow->huges, sizeof(struct shadow_segment)) &&
        start_table(&shadow->heaps, sizeof(struct shadow_heap)) &&
        start_table(&shadow->rings, sizeof(struct shadow_ring)) &&
        start_table(&shadow->modules, sizeof(bool)) &&
        start_table(&shadow->bookkeeping, sizeof(struct shadow_memory)))
        return shadow;
    rp_shadow_free(shadow);
    return NULL;
}

void rp_shadow_free(struct rp_shadow *shadow) {
    uint8_t *chunk = shadow->chunk;

    if (chunk != NULL)
        chunk += shadow->chunk_left - CHUNK_BYTES;
    while (chunk != NULL) {
        uint8_t *before;
        memcpy(&before, chunk, sizeof before);
        rp_system_unmap(chunk, CHUNK_BYTES);
        chunk = before;
    }
    free_table(&shadow->segments);
    free_table(&shadow->huges);
    free_table(&shadow->heaps);
    free_table(&shadow->rings);
    free_table(&shadow->modules);
    free_table(&shadow->bookkeeping);
    rp_system_unmap(shadow, sizeof *shadow);
}

// ---- blocks ----

// The span of a number, if it is mapped; *left: how many spans there are from
// it to the end of its segment.
static struct shadow_span *span_at(const struct rp_shadow *shadow,
                                   uint32_t number, uint32_t *left) {
    bool huge = (number & RP_HUGE_BIT) != 0;
    uint32_t per = huge ? 1 : shadow->layout.spans_per_segment;
    const struct shadow_segment *segment =
        rp_shadow_at(huge ? &shadow->huges : &shadow->segments,
                     (number & ~RP_HUGE_BIT) / per);

    *left = 0;
    if (segment == NULL || number % per >= segment->count)
        return NULL;
    *left = segment->count - number % per;
    return &segment->spans[huge ? 0 : number % per];
}

static void set_block(struct rp_shadow *shadow,
                      const struct rp_record *record) {
    uint32_t left, stack = (uint32_t)record->c[1];
    struct shadow_span *span = span_at(shadow, record->a, &left);
    bool resized = record->type == TRACE_EVENT_RESIZE;

    if (span == NULL || record->b >= span->capacity)
        return;
    if (span->blocks == NULL) {
        if (stack != 0 || !resized)
            span->stack = stack;
        span->size = record->c[0];
        span->live = 1;
        return;
    }
    struct shadow_block *block = &span->blocks[record->b];
    span->live += !block->live;
    if (stack != 0 || !resized)
        block->stack = stack;
    block->size = (uint32_t)record->c[0] & 0x7fffffff;
    block->live = 1;
}

static void clear_block(struct rp_shadow *shadow,
                        const struct rp_record *record) {
    uint32_t left;
    struct shadow_span *span = span_at(shadow, record->a, &left);

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

static void empty_span(struct rp_shadow *shadow, struct shadow_span *span) {
    if (span->blocks != NULL)
        give(shadow, span->blocks, span->capacity * sizeof *span->blocks);
    span->blocks = NULL;
    span->capacity = span->live = span->deferred = 0;
    span->in_heap = false;
}

static void acquire(struct rp_shadow *shadow, const struct rp_record *record) {
    uint32_t left, count = (uint32_t)record->c[0];
    uint32_t heap = (uint32_t)(record->c[0] >> 32);
    struct shadow_span *span = span_at(shadow, record->a, &left);

    if (span == NULL || count > left)
        return;
    if (record->c[1] == RP_PLACE_ORPHAN && span->in_heap) {
        span->heap = heap; // it has come with its blocks
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        empty_span(shadow, &span[i]);
    span->in_heap = true;
    span->heap = heap;
    span->run = count;
    span->class_index = (uint8_t)record->b;
    span->state = RP_SPAN_ACTIVE;
    span->capacity = 1;
    if (record->b >= shadow->layout.class_count)
        return;
    span->capacity = shadow->classes[record->b].blocks_per_span;
    span->blocks = take(shadow, span->capacity * sizeof *span->blocks);
    if (span->blocks == NULL)
        span->capacity = 0;
}

static void put(struct rp_shadow *shadow, const struct rp_record *record,
                uint8_t place) {
    uint32_t left, count = (uint32_t)record->c[0];
    struct shadow_span *span = span_at(shadow, record->a, &left);

    for (uint32_t i = 0; span != NULL && i < count && i < left; i++) {
        empty_span(shadow, &span[i]);
        span[i].place = place;
        span[i].heap = (uint32_t)(record->c[0] >> 32);
    }
}

// The pages of each span of the run, in sixty-fourths of a span.
static void commit(struct rp_shadow *shadow, const struct rp_record *record) {
    uint64_t unit = shadow->layout.span_bytes / 64;
    uint64_t from = record->c[0] / unit, to = from + record->c[1] / unit;
    uint32_t left;
    struct shadow_span *span = span_at(shadow, record->a, &left);

    for (uint64_t i = from; span != NULL && i < to && i / 64 < left; i++) {
        uint64_t bit = (uint64_t)1 << i % 64;
        if (record->type == TRACE_EVENT_SPAN_COMMIT)
            span[i / 64].gone &= ~bit;
        else
            span[i / 64].gone |= bit;
    }
}

// ---- memory of the program ----

static void unmap(struct rp_shadow *shadow, struct shadow_segment *segment) {
    if (segment == NULL || segment->count == 0)
        return;
    for (uint32_t i = 0; i < segment->count; i++)
        empty_span(shadow, &segment->spans[i]);
    give(shadow, segment->spans, segment->count * sizeof *segment->spans);
    segment->count = 0;
}

static void map(struct rp_shadow *shadow, const struct rp_record *record) {
    bool huge = record->type == TRACE_EVENT_HUGE_MAP;
    struct rp_shadow_table *table = huge ? &shadow->huges : &shadow->segments;
    struct shadow_segment *segment =
        at(shadow, table, record->a & ~RP_HUGE_BIT);
    uint32_t count = huge ? 1 : record->b;

    if (segment == NULL)
        return;
    unmap(shadow, segment);
    segment->spans = take(shadow, count * sizeof *segment->spans);
    if (segment->spans == NULL)
        return;
    segment->count = count;
    segment->address = record->c[0];
    segment->bytes = record->c[1];
    segment->first_span = huge ? 0 : record->c[2];
    if (huge)
        segment->spans->capacity = segment->spans->run = 1;
}

static void keep_books(struct rp_shadow *shadow,
                       const struct rp_record *record) {
    if (record->type == TRACE_EVENT_BOOKKEEPING_MAP) {
        struct shadow_memory *memory =
            at(shadow, &shadow->bookkeeping, shadow->bookkeepings);
        if (memory == NULL)
            return;
        *memory = (struct shadow_memory){record->c[0], record->c[1]};
        shadow->bookkeepings++;
        return;
    }
    for (uint32_t i = 0; i < shadow->bookkeepings; i++) {
        struct shadow_memory *memory = rp_shadow_at(&shadow->bookkeeping, i);
        if (memory->address == record->c[0] && memory->bytes == record->c[1]) {
            shadow->bookkeepings--;
            *memory = *(struct shadow_memory *)rp_shadow_at(
                &shadow->bookkeeping, shadow->bookkeepings);
            return;
        }
    }
}

// ---- who ----

static void have_heap(struct rp_shadow *shadow, uint32_t ring,
                      const struct rp_record *record) {
    struct shadow_heap *heap = at(shadow, &shadow->heaps, record->a);

    if (heap == NULL)
        return;
    heap->exists = true;
    if (record->a >= shadow->heap_limit)
        shadow->heap_limit = record->a + 1;
    heap->ring = record->type == TRACE_EVENT_HEAP_ORPHAN ? HEAP_NONE : ring;
}

static void have_thread(struct rp_shadow *shadow, uint32_t number,
                        const struct rp_record *record) {
    struct shadow_ring *ring = at(shadow, &shadow->rings, number);

    if (ring == NULL)
        return;
    ring->thread = record->a;
    ring->ended = record->type == TRACE_EVENT_THREAD_END;
    if (!ring->ended)
        ring->text = (uint32_t)record->c[0];
}

static void have_module(struct rp_shadow *shadow,
                        const struct rp_record *record) {
    bool *loaded = at(shadow, &shadow->modules, record->a);

    if (loaded != NULL)
        *loaded = record->type == TRACE_EVENT_MODULE_LOAD;
}

void rp_shadow_apply(struct rp_shadow *shadow, uint32_t ring,
                     const struct rp_record *record) {
    struct shadow_span *span;
    uint32_t left;

    switch (record->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        set_block(shadow, record);
        break;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        clear_block(shadow, record);
        break;
    case TRACE_EVENT_SPAN_ACQUIRE:
        acquire(shadow, record);
        break;
    case TRACE_EVENT_SPAN_STATE:
        if ((span = span_at(shadow, record->a, &left)) != NULL)
            span->state = (uint8_t)record->b;
        break;
    case TRACE_EVENT_SPAN_RELEASE:
        put(shadow, record, (uint8_t)record->b);
        break;
    case TRACE_EVENT_SPAN_TRANSFER:
        put(shadow, record, (uint8_t)record->c[1]);
        break;
    case TRACE_EVENT_DEFERRED_COLLECT:
        if ((span = span_at(shadow, record->a, &left)) != NULL) {
            span->deferred -=
                record->b < span->deferred ? record->b : span->deferred;
            span->heap = (uint32_t)record->c[0];
        }
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
        commit(shadow, record);
        break;
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_HUGE_MAP:
        map(shadow, record);
        break;
    case TRACE_EVENT_SEGMENT_UNMAP:
        unmap(shadow, rp_shadow_at(&shadow->segments, record->a));
        break;
    case TRACE_EVENT_HUGE_UNMAP:
        unmap(shadow, rp_shadow_at(&shadow->huges, record->a & ~RP_HUGE_BIT));
        break;
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        keep_books(shadow, record);
        break;
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_ORPHAN:
        have_heap(shadow, ring, record);
        break;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_END:
        have_thread(shadow, ring, record);
        break;
    case TRACE_EVENT_MODULE_LOAD:
    case TRACE_EVENT_MODULE_UNLOAD:
        have_module(shadow, record);
        break;
    default:
        break;
    }
}
