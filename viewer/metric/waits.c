// waits.c - frees by other threads: who frees whose blocks, and how long they
// wait until their heap takes them back.
#include "viewer/metric/waits.h"

// ---- the pairs ----

static size_t slot_of(const struct waits *waits, uint32_t thread,
                      uint32_t heap) {
    uint64_t key = (uint64_t)thread << 32 | heap;
    size_t mask = waits->slot_count - 1;
    size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
    for (; waits->slots[at]; at = (at + 1) & mask) {
        const struct wait_pair *pair = &waits->list[waits->slots[at] - 1];
        if (pair->thread == thread && pair->heap == heap)
            break;
    }
    return at;
}

static void grow_slots(struct waits *waits) {
    pool_give(waits->pool, waits->slots);
    waits->slot_count = waits->slot_count ? waits->slot_count * 2 : 64;
    while (waits->slot_count < waits->count * 2)
        waits->slot_count *= 2;
    waits->slots =
        pool_zeroed(waits->pool, waits->slot_count, sizeof *waits->slots);
    for (size_t i = 0; i < waits->count; i++)
        waits->slots[slot_of(waits, waits->list[i].thread,
                             waits->list[i].heap)] = (uint32_t)i + 1;
}

static struct wait_pair *pair_of(struct waits *waits, uint32_t thread,
                                 uint32_t heap) {
    if (waits->count * 2 >= waits->slot_count)
        grow_slots(waits);
    size_t at = slot_of(waits, thread, heap);
    if (!waits->slots[at]) {
        waits->list = pool_grow(waits->pool, waits->list, waits->count,
                                &waits->capacity, sizeof *waits->list);
        waits->list[waits->count++] =
            (struct wait_pair){.thread = thread, .heap = heap};
        waits->slots[at] = (uint32_t)waits->count;
    }
    return &waits->list[waits->slots[at] - 1];
}

// The thread that has the ring: a new one when the ring goes to another.
static uint32_t thread_of(struct waits *waits, uint32_t ring) {
    uint32_t place = ring_index_find(&waits->rings, ring);
    if (place != (uint32_t)RING_NONE)
        return place;
    waits->threads = pool_grow(waits->pool, waits->threads, waits->thread_count,
                               &waits->thread_capacity, sizeof *waits->threads);
    ring_index_set(&waits->rings, ring, (uint32_t)waits->thread_count);
    waits->threads[waits->thread_count] = (struct wait_thread){.ring = ring};
    return (uint32_t)waits->thread_count++;
}

static void thread_starts(struct waits *waits, uint32_t ring, uint32_t id) {
    uint32_t place = thread_of(waits, ring); // the list may move
    struct wait_thread *thread = &waits->threads[place];
    if (thread->thread_id != 0 && thread->thread_id != id) {
        ring_index_set(&waits->rings, ring, (uint32_t)waits->thread_count);
        waits->threads =
            pool_grow(waits->pool, waits->threads, waits->thread_count,
                      &waits->thread_capacity, sizeof *waits->threads);
        thread = &waits->threads[waits->thread_count++];
        thread->ring = ring;
    }
    thread->thread_id = id;
}

// ---- what waits ----

static struct wait_span *span_of(struct waits *waits, uint32_t span,
                                 bool make) {
    uint32_t place = ring_index_find(&waits->places, span);
    if (place == (uint32_t)RING_NONE && !make)
        return NULL;
    if (place == (uint32_t)RING_NONE) {
        place = (uint32_t)waits->span_count;
        ring_index_set(&waits->places, span, place);
        waits->spans = pool_grow(waits->pool, waits->spans, waits->span_count,
                                 &waits->span_capacity, sizeof *waits->spans);
        waits->spans[waits->span_count++] = (struct wait_span){.span = span};
    }
    return &waits->spans[place];
}

static void freed(struct waits *waits, const struct heap_change *change) {
    bool told = change->flags & CHANGE_TAKES_BACK;
    uint32_t thread =
        thread_of(waits, told ? (uint32_t)WAITS_NOBODY : change->ring);
    struct wait_span *at = span_of(waits, change->span, true);
    at->list = pool_grow(waits->pool, at->list, at->count, &at->capacity,
                         sizeof *at->list);
    at->list[at->count++] =
        (struct wait){change->time, thread, change->block_bytes};
}

static void taken_back(struct waits *waits, const struct heap_change *change) {
    struct wait_span *at = span_of(waits, change->span, false);
    for (uint32_t i = 0; at && i < change->count && at->first < at->count;
         i++) {
        const struct wait *wait = &at->list[at->first++];
        struct wait_pair *pair =
            pair_of(waits, wait->thread, change->from_heap);
        uint64_t steps = change->time - wait->time;
        pair->taken_back++;
        pair->bytes += wait->bytes;
        pair->wait_steps += steps;
        if (steps > pair->longest)
            pair->longest = steps;
    }
    if (at && at->first == at->count)
        at->first = at->count = 0;
}

// A state is told anew: it is the last of its batch, and what was before it is
// still there.
static void forget(struct waits *waits, const struct heap_before *before) {
    for (size_t i = 0; i < waits->span_count; i++) {
        struct wait_span *at = &waits->spans[i];
        const struct span *span =
            at->first < at->count ? spans_find(&before->spans, at->span) : NULL;
        for (; at->first < at->count; at->first++) {
            struct wait_pair *pair = pair_of(waits, at->list[at->first].thread,
                                             span ? span->heap : 0);
            pair->unseen++;
            pair->bytes += at->list[at->first].bytes;
        }
        at->first = at->count = 0;
    }
}

// ---- the metric ----

static void waits_feed(void *metric, const struct metric_context *context,
                       const struct heap_change *changes, size_t count) {
    struct waits *waits = metric;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        switch (change->kind) {
        case CHANGE_DIED:
            if (change->flags & CHANGE_DEFERRED && change->block_bytes > 0)
                freed(waits, change);
            break;
        case CHANGE_COLLECTED:
            taken_back(waits, change);
            break;
        case CHANGE_STATE_BEGINS:
            forget(waits, context->heap->before);
            break;
        case CHANGE_NOTE:
            if (change->part == TRACE_EVENT_THREAD_START)
                thread_starts(waits, change->ring, (uint32_t)change->value[0]);
            break;
        default:
            break;
        }
    }
}

static void waits_start(void *metric, const struct metric_context *context) {
    struct waits *waits = metric;
    waits->pool = waits->rings.pool = waits->places.pool = context->pool;
}

static void waits_free(void *metric) {
    struct waits *waits = metric;
    for (size_t i = 0; i < waits->span_count; i++)
        pool_give(waits->pool, waits->spans[i].list);
    pool_give(waits->pool, waits->spans);
    pool_give(waits->pool, waits->list);
    pool_give(waits->pool, waits->slots);
    pool_give(waits->pool, waits->threads);
    ring_index_free(&waits->rings);
    ring_index_free(&waits->places);
}

// ---- at a keyframe ----

static void waits_save(const void *metric, const struct metric_context *context,
                       struct pack *pack) {
    const struct waits *waits = metric;
    uint64_t spans = 0;
    (void)context;
    pack_put_array(pack, waits->list, waits->count, sizeof *waits->list);
    pack_put_array(pack, waits->threads, waits->thread_count,
                   sizeof *waits->threads);
    ring_index_save(&waits->rings, pack);
    for (size_t i = 0; i < waits->span_count; i++)
        spans += waits->spans[i].count > waits->spans[i].first;
    pack_put(pack, &spans, sizeof spans);
    for (size_t i = 0; i < waits->span_count; i++) {
        const struct wait_span *at = &waits->spans[i];
        if (at->count == at->first)
            continue;
        pack_put(pack, &at->span, sizeof at->span);
        pack_put_array(pack, at->list + at->first, at->count - at->first,
                       sizeof *at->list);
    }
}

static bool restore_span(struct waits *waits, struct pack *pack) {
    struct wait *list = NULL;
    uint32_t span;
    size_t count;
    if (!pack_take(pack, &span, sizeof span) ||
        !pack_take_array(pack, waits->pool, (void **)&list, &count,
                         sizeof *list))
        return false;
    struct wait_span *at = span_of(waits, span, true);
    pool_give(waits->pool, at->list);
    at->list = list;
    at->count = at->capacity = count;
    for (size_t i = 0; i < count; i++)
        if (list[i].thread >= waits->thread_count)
            return false;
    return true;
}

// What was read may be anything.
static bool rings_can_be(const struct waits *waits) {
    bool can_be = true;
    for (size_t i = 0; i < waits->rings.capacity; i++)
        can_be &= waits->rings.places[i].place <= waits->thread_count;
    for (size_t i = 0; i < waits->count; i++)
        can_be &= waits->list[i].thread < waits->thread_count;
    return can_be;
}

static bool waits_restore(void *metric, const struct metric_context *context,
                          struct pack *pack) {
    struct waits *waits = metric;
    uint64_t spans = 0;
    (void)context;
    bool whole =
        pack_take_array(pack, waits->pool, (void **)&waits->list, &waits->count,
                        sizeof *waits->list) &&
        pack_take_array(pack, waits->pool, (void **)&waits->threads,
                        &waits->thread_count, sizeof *waits->threads) &&
        ring_index_restore(&waits->rings, pack) && rings_can_be(waits) &&
        pack_take(pack, &spans, sizeof spans);
    waits->capacity = waits->count;
    waits->thread_capacity = waits->thread_count;
    for (uint64_t i = 0; whole && i < spans; i++)
        whole = restore_span(waits, pack);
    if (whole && waits->count > 0)
        grow_slots(waits);
    return whole;
}

const struct metric waits_metric = {
    .key = "waits",
    .kinds = CHANGE_SET(CHANGE_DIED) | CHANGE_SET(CHANGE_COLLECTED) |
             CHANGE_SET(CHANGE_NOTE) | CHANGE_SET(CHANGE_STATE_BEGINS),
    .start = waits_start,
    .feed = waits_feed,
    .free = waits_free,
    .save = waits_save,
    .restore = waits_restore,
};
