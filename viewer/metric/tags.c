// tags.c - what is live, and was allocated, under each tag.
#include "viewer/metric/tags.h"

#include <stdlib.h>
#include <string.h>

// ---- which tag ----

static uint32_t place_of_text(struct tags *tags, uint64_t text) {
    for (size_t i = 0; i < tags->count; i++)
        if (tags->list[i].text == text)
            return (uint32_t)i;
    if (tags->count == TAGS_MOST)
        return TAGS_NONE;
    tags->list = pool_grow(tags->pool, tags->list, tags->count, &tags->capacity,
                           sizeof *tags->list);
    tags->list[tags->count] = (struct tag_counts){.text = text};
    return (uint32_t)tags->count++;
}

static uint32_t tag_of_ring(const struct tags *tags, uint32_t ring) {
    uint32_t place = ring_index_find(&tags->rings, ring);
    return place == (uint32_t)RING_NONE ? TAGS_NONE : place;
}

uint32_t tags_of_stack(const struct tags *tags, uint32_t node) {
    uint32_t place = ring_index_find(&tags->stacks, node);
    return place == (uint32_t)RING_NONE ? TAGS_NONE : place;
}

static void note_stack(struct tags *tags, uint32_t node, uint32_t tag) {
    uint32_t place = ring_index_find(&tags->stacks, node);
    if (place == (uint32_t)RING_NONE)
        ring_index_set(&tags->stacks, node, tag);
    else if (place != tag && place != TAGS_SEVERAL)
        ring_index_set(&tags->stacks, node, TAGS_SEVERAL);
}

// ---- the tags of blocks ----

// Where the block's stands; NULL: it has none, and there is no room for one.
static uint16_t *tag_of_block(struct tags *tags, uint32_t span, uint32_t block,
                              bool make) {
    uint32_t place = ring_index_find(&tags->places, span);
    if (place == (uint32_t)RING_NONE) {
        if (!make)
            return NULL;
        place = (uint32_t)tags->span_count;
        ring_index_set(&tags->places, span, place);
        tags->spans = pool_grow(tags->pool, tags->spans, tags->span_count,
                                &tags->span_capacity, sizeof *tags->spans);
        tags->spans[tags->span_count++] = (struct tag_span){.span = span};
    }
    struct tag_span *at = &tags->spans[place];
    if (block >= at->capacity) {
        if (!make)
            return NULL;
        uint32_t capacity = at->capacity ? at->capacity : 8;
        while (capacity <= block)
            capacity *= 2;
        at->tags =
            pool_resize(tags->pool, at->tags, capacity, sizeof *at->tags);
        memset(at->tags + at->capacity, 0,
               (capacity - at->capacity) * sizeof *at->tags);
        at->capacity = capacity;
    }
    return &at->tags[block];
}

uint64_t tags_text_of(const struct tags *tags, uint32_t span, uint32_t block) {
    uint32_t place = ring_index_find(&tags->places, span);
    if (place == (uint32_t)RING_NONE || block >= tags->spans[place].capacity)
        return 0;
    return tags->list[tags->spans[place].tags[block]].text;
}

uint32_t tags_of_block(const struct tags *tags, uint32_t span, uint32_t block) {
    uint32_t place = ring_index_find(&tags->places, span);
    if (place == (uint32_t)RING_NONE || block >= tags->spans[place].capacity)
        return TAGS_NONE;
    return tags->spans[place].tags[block];
}

static void born(struct tags *tags, const struct heap_change *change) {
    bool resized = (change->flags & (CHANGE_COUNTS | CHANGE_CONTINUES)) == 0;
    uint32_t tag = tag_of_ring(tags, change->ring);
    uint16_t *kept = tag_of_block(tags, change->span, change->block,
                                  !resized && tag != TAGS_NONE);
    if (resized) // it keeps the one that stands there
        tag = kept ? *kept : TAGS_NONE;
    else if (kept)
        *kept = (uint16_t)tag;
    struct tag_counts *counts = &tags->list[tag];
    counts->live_blocks++;
    counts->live_bytes += change->wanted;
    if (counts->live_bytes > counts->most_bytes)
        counts->most_bytes = counts->live_bytes;
    if (change->flags & CHANGE_COUNTS) {
        counts->allocations++;
        counts->allocated_bytes += change->wanted;
        note_stack(tags, change->stack, tag);
    }
}

static void died(struct tags *tags, const struct heap_change *change) {
    const uint16_t *kept =
        tag_of_block(tags, change->span, change->block, false);
    struct tag_counts *counts = &tags->list[kept ? *kept : TAGS_NONE];
    // What was there before the first tag is counted nowhere.
    if (counts->live_blocks == 0)
        return;
    counts->live_blocks--;
    counts->live_bytes -= change->wanted < counts->live_bytes
                              ? change->wanted
                              : counts->live_bytes;
}

static void forget_rings(struct tags *tags) {
    ring_index_free(&tags->rings);
    for (size_t i = 0; i < tags->count; i++)
        tags->list[i].live_blocks = tags->list[i].live_bytes = 0;
}

static void count_used(struct span *span, void *context) {
    if (span->place == SPAN_IN_HEAP)
        *(uint64_t *)context += span->used;
}

// The first tag of all: from here on blocks are looked at. It is the last of
// its batch, so the heap is as it is then.
static void begin(struct tags *tags, const struct metric_context *context) {
    uint64_t used = 0;
    spans_each(&context->heap->spans, count_used, &used);
    place_of_text(tags, 0);
    tags->list[TAGS_NONE].live_blocks = context->heap->live_blocks;
    tags->list[TAGS_NONE].live_bytes = tags->list[TAGS_NONE].most_bytes = used;
}

static void tags_feed(void *metric, const struct metric_context *context,
                      const struct heap_change *changes, size_t count) {
    struct tags *tags = metric;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_NOTE) {
            if (change->part != TRACE_EVENT_TAG)
                continue;
            if (!tags_seen(tags))
                begin(tags, context);
            ring_index_set(&tags->rings, change->ring,
                           place_of_text(tags, change->value[0]));
        } else if (!tags_seen(tags)) {
            continue;
        } else if (change->kind == CHANGE_BORN) {
            born(tags, change);
        } else if (change->kind == CHANGE_DIED) {
            died(tags, change);
        } else if (change->kind == CHANGE_STATE_BEGINS) {
            forget_rings(tags);
        }
    }
}

// As long as there was no tag, nothing but one.
static uint32_t tags_needs(const void *metric) {
    return tags_seen(metric) ? tags_metric.kinds : CHANGE_SET(CHANGE_NOTE);
}

static void tags_start(void *metric, const struct metric_context *context) {
    struct tags *tags = metric;
    tags->pool = context->pool;
    tags->rings.pool = tags->stacks.pool = tags->places.pool = context->pool;
}

static void tags_free(void *metric) {
    struct tags *tags = metric;
    for (size_t i = 0; i < tags->span_count; i++)
        pool_give(tags->pool, tags->spans[i].tags);
    pool_give(tags->pool, tags->spans);
    pool_give(tags->pool, tags->list);
    ring_index_free(&tags->rings);
    ring_index_free(&tags->stacks);
    ring_index_free(&tags->places);
}

// ---- at a keyframe ----

static void tags_save(const void *metric, const struct metric_context *context,
                      struct pack *pack) {
    const struct tags *tags = metric;
    (void)context;
    pack_put_array(pack, tags->list, tags->count, sizeof *tags->list);
    ring_index_save(&tags->rings, pack);
    ring_index_save(&tags->stacks, pack);
    pack_put(pack, &tags->span_count, sizeof tags->span_count);
    for (size_t i = 0; i < tags->span_count; i++) {
        pack_put(pack, &tags->spans[i].span, sizeof tags->spans[i].span);
        pack_put_array(pack, tags->spans[i].tags, tags->spans[i].capacity,
                       sizeof *tags->spans[i].tags);
    }
}

static bool tags_restore(void *metric, const struct metric_context *context,
                         struct pack *pack) {
    struct tags *tags = metric;
    size_t spans, capacity;
    (void)context;
    bool whole = pack_take_array(pack, tags->pool, (void **)&tags->list,
                                 &tags->count, sizeof *tags->list) &&
                 ring_index_restore(&tags->rings, pack) &&
                 ring_index_restore(&tags->stacks, pack) &&
                 pack_take(pack, &spans, sizeof spans);
    tags->capacity = tags->count;
    for (size_t i = 0; whole && i < spans; i++) {
        struct tag_span span = {.tags = NULL};
        whole = pack_take(pack, &span.span, sizeof span.span) &&
                pack_take_array(pack, tags->pool, (void **)&span.tags,
                                &capacity, sizeof *span.tags);
        span.capacity = (uint32_t)capacity;
        tags->spans = pool_grow(tags->pool, tags->spans, tags->span_count,
                                &tags->span_capacity, sizeof *tags->spans);
        ring_index_set(&tags->places, span.span, (uint32_t)tags->span_count);
        tags->spans[tags->span_count++] = span;
    }
    return whole;
}

const struct metric tags_metric = {
    .key = "tags",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_NOTE) | CHANGE_SET(CHANGE_STATE_BEGINS),
    .needs = tags_needs,
    .start = tags_start,
    .feed = tags_feed,
    .free = tags_free,
    .save = tags_save,
    .restore = tags_restore,
};
