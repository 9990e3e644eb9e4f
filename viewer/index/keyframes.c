// keyframes.c - moments of a recording from which it can go on.
#include "viewer/index/keyframes.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/index/heap_frame.h"
#include "viewer/index/slots.h"

enum {
    SECTION_ORDER = 1 << 16,
    // About what the first one takes, before there is one to go by.
    FIRST_LEAST = 1 << 13,
    FIRST_PER_BLOCK = 3,
    FIRST_PER_STACK = 24,
};

// A keyframe in the store, with its pieces behind it.
struct record {
    uint64_t events, time;
    uint64_t previous; // place of the one before; 0: none
    uint64_t piece_count;
};

_Static_assert(sizeof(struct record) +
                       FRAME_PIECES_MOST * sizeof(struct frame_piece) <=
                   (size_t)STORE_MOST,
               "a record is a piece of the store");

void keyframes_start(struct keyframes *keyframes, struct pool *pool,
                     uint64_t distance, const struct store_file *file) {
    static const struct store_file memory = {.fd = -1, .size = STORE_FIRST};
    uint64_t first = distance ? distance : KEYFRAMES_FIRST_DISTANCE;
    *keyframes = (struct keyframes){
        .pool = pool, .fixed = distance > 0, .distance = first, .next = first};
    store_start(&keyframes->store, pool, file ? file : &memory);
    frame_start(&keyframes->writer, &keyframes->store);
}

void keyframes_free(struct keyframes *keyframes) {
    frame_free(&keyframes->writer);
    pool_give(keyframes->pool, keyframes->list);
    store_free(&keyframes->store);
    *keyframes = (struct keyframes){.store.fd = -1};
}

// ---- the order of events ----

// Where a ring stands, and which it is.
struct saved_ring {
    uint64_t number;
    struct ring_position position;
};

static void put_order(struct trace_order *order, struct pool *pool,
                      struct pack *pack) {
    struct order_position *position = trace_order_position(order, pool);
    struct saved_ring *rings =
        pool_zeroed(pool, order->ring_count, sizeof *rings);
    for (size_t i = 0; i < order->ring_count; i++) {
        const struct ring_position *from = &position->rings[i];
        struct ring_position *to = &rings[i].position;
        rings[i].number = order->rings[i].number;
        to->next_block = from->next_block; // no byte between fields is copied
        to->before = from->before;
        to->at = from->at;
        to->next_sequence = from->next_sequence;
        to->time = from->time;
        to->key = from->key;
        to->unpacked = from->unpacked;
        to->done = from->done;
    }
    pack_section(pack, SECTION_ORDER);
    pack_put(pack, &position->missing_events, sizeof(uint64_t));
    pack_put(pack, &position->loaded_bytes, sizeof(uint64_t));
    pack_put_array(pack, rings, order->ring_count, sizeof *rings);
    pool_give(pool, rings);
    pool_give(pool, position);
}

// Sets where a ring stands, if it can stand there. One that was at its end goes
// on with what has come since.
static bool set_ring(const struct trace_order *order, const struct ring *ring,
                     struct ring_position *position) {
    if (!pack_is_bool(&position->unpacked) || !pack_is_bool(&position->done) ||
        position->next_block > ring->block_count ||
        (position->unpacked && (position->done || position->next_block == 0)))
        return false;
    if (position->unpacked || position->next_block == ring->block_count)
        return true;
    size_t next = ring->blocks[position->next_block];
    position->done = false;
    position->key = order->source.file->blocks[next].header.first_time;
    if (position->key < position->time)
        position->key = position->time;
    return true;
}

static bool set_rings(const struct trace_order *order,
                      struct order_position *position,
                      const struct saved_ring *rings, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i < order->ring_count; i++) {
        position->rings[i] = ring_position(&order->rings[i]);
        if (at == count || rings[at].number != order->rings[i].number)
            continue; // is new since
        position->rings[i] = rings[at++].position;
        if (!set_ring(order, &order->rings[i], &position->rings[i]))
            return false;
    }
    return at == count;
}

static bool take_order(struct trace_order *order, struct pool *pool,
                       struct pack *pack) {
    struct order_position *position = pool_get(
        pool, sizeof *position + order->ring_count * sizeof *position->rings);
    struct saved_ring *rings = NULL;
    size_t count;
    bool whole =
        pack_take(pack, &position->missing_events, sizeof(uint64_t)) &&
        pack_take(pack, &position->loaded_bytes, sizeof(uint64_t)) &&
        pack_take_array(pack, pool, (void **)&rings, &count, sizeof *rings) &&
        set_rings(order, position, rings, count);
    if (whole)
        trace_order_return(order, position);
    pool_give(pool, rings);
    pool_give(pool, position);
    return whole;
}

// ---- taking one ----

// Where nothing is shared with another.
static uint64_t cost_alone(const struct replay *replay) {
    return FIRST_LEAST + replay->heap.live_blocks * FIRST_PER_BLOCK +
           replay->metrics.stacks.count * FIRST_PER_STACK;
}

static uint64_t expected_cost(const struct keyframes *keyframes,
                              const struct replay *replay) {
    return keyframes->cost > 0 ? keyframes->cost : cost_alone(replay);
}

// The keyframe, behind its pieces. 0: it is not kept.
static uint64_t put_record(struct keyframes *keyframes,
                           const struct heap *heap) {
    const struct frame_writer *writer = &keyframes->writer;
    size_t count = writer->piece_count;
    size_t size = sizeof(struct record) + count * sizeof *writer->pieces;
    uint8_t *bytes = pool_zeroed(keyframes->pool, size, 1);
    struct record record = {
        .events = heap->events, .time = heap->time, .piece_count = count};
    if (keyframes->count > 0)
        record.previous = keyframes->list[keyframes->count - 1].place;
    memcpy(bytes, &record, sizeof record);
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = bytes + sizeof record + i * sizeof *writer->pieces;
        memcpy(at, &writer->pieces[i].place, sizeof writer->pieces[i].place);
        memcpy(at + offsetof(struct frame_piece, bytes),
               &writer->pieces[i].bytes, sizeof writer->pieces[i].bytes);
    }
    uint64_t place = store_put(&keyframes->store, bytes, size);
    pool_give(keyframes->pool, bytes);
    return place;
}

// Bytes for each event since the last one are what they are worth, or the
// distance changes.
static void set_distance(struct keyframes *keyframes, uint64_t bytes,
                         uint64_t events) {
    uint64_t worth = KEYFRAMES_WORTH * events;
    if (keyframes->fixed)
        return;
    if (bytes > worth && keyframes->distance < KEYFRAMES_MOST_DISTANCE)
        keyframes->distance *= 2;
    else if (bytes < worth / 2 &&
             keyframes->distance > KEYFRAMES_FIRST_DISTANCE)
        keyframes->distance /= 2;
}

// Puts the heap, which is at rest, with all that belongs to it. *raw is how
// many bytes that were. Its place; 0: it is not kept.
static uint64_t put(struct keyframes *keyframes, struct replay *replay,
                    struct trace_order *order, uint64_t *raw) {
    struct frame_writer *writer = &keyframes->writer;
    uint64_t slots = 0;
    replay_settle(replay);
    if (!slots_write(replay, &keyframes->store, &slots))
        return 0;
    frame_begin(writer);
    heap_frame_put(&replay->heap, &writer->pack);
    put_order(order, keyframes->pool, &writer->pack);
    metrics_save(&replay->metrics, &writer->pack);
    bool kept = frame_end(writer);
    *raw = slots + writer->new_raw;
    return kept ? put_record(keyframes, &replay->heap) : 0;
}

bool keyframes_take(struct keyframes *keyframes, struct replay *replay,
                    struct trace_order *order, uint64_t budget) {
    struct heap *heap = &replay->heap;
    uint64_t before = keyframes->store.size, raw = 0, events = 0;
    if (!heap_at_rest(heap) ||
        before + expected_cost(keyframes, replay) > budget)
        return false;
    uint64_t place = put(keyframes, replay, order, &raw);
    if (place == 0) {
        keyframes->next = UINT64_MAX; // no other will do better
        return false;
    }
    if (keyframes->count > 0)
        events = keyframes->list[keyframes->count - 1].events;
    set_distance(keyframes, raw, heap->events - events);
    keyframes->list =
        pool_grow(keyframes->pool, keyframes->list, keyframes->count,
                  &keyframes->capacity, sizeof *keyframes->list);
    keyframes->list[keyframes->count++] =
        (struct keyframe){heap->events, heap->time, place};
    keyframes->cost = keyframes->store.size - before;
    keyframes->next =
        (heap->events / keyframes->distance + 1) * keyframes->distance;
    return true;
}

bool keyframes_take_aside(struct keyframes *keyframes, size_t i,
                          struct replay *replay, struct trace_order *order,
                          uint64_t budget) {
    const struct heap *heap = &replay->heap;
    struct store *store = &keyframes->store;
    uint64_t before = store->size, raw = 0;
    if (!heap_at_rest(heap) || before + cost_alone(replay) > budget)
        return false;
    uint64_t place = put(keyframes, replay, order, &raw);
    if (place == 0 || store->size > budget) {
        store_cut(store, before);
        frame_free(&keyframes->writer); // what it knows may be gone
        frame_start(&keyframes->writer, store);
        return false;
    }
    keyframes->aside[i] = (struct keyframe){heap->events, heap->time, place};
    return true;
}

// ---- going back to one ----

const struct keyframe *keyframes_before(const struct keyframes *keyframes,
                                        uint64_t events, uint64_t time) {
    size_t low = 0, high = keyframes->count; // the first that is behind
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct keyframe *keyframe = &keyframes->list[middle];
        if (keyframe->events <= events && keyframe->time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    const struct keyframe *last = low > 0 ? &keyframes->list[low - 1] : NULL;
    for (size_t i = 0; i < KEYFRAMES_ASIDE; i++) {
        const struct keyframe *aside = &keyframes->aside[i];
        if (aside->place > 0 && aside->events <= events &&
            aside->time <= time && (!last || aside->events > last->events))
            last = aside;
    }
    return last;
}

// Reads a record, and its pieces where `pieces` is not NULL. False: there is
// none.
static bool get_record(struct store *store, uint64_t place,
                       struct record *record, struct frame_piece *pieces) {
    size_t count;
    if (!store_size(store, place, &count) || count < sizeof *record)
        return false;
    uint8_t *bytes = malloc(count);
    bool whole = bytes && store_get(store, place, bytes, count, &count) &&
                 count >= sizeof *record;
    if (whole)
        memcpy(record, bytes, sizeof *record);
    whole = whole && record->piece_count <= FRAME_PIECES_MOST &&
            count == sizeof *record + record->piece_count * sizeof *pieces;
    if (whole && pieces)
        memcpy(pieces, bytes + sizeof *record,
               record->piece_count * sizeof *pieces);
    free(bytes);
    return whole;
}

static uint64_t all_events(const struct trace_order *order) {
    const struct trace_file *file = order->source.file;
    uint64_t sum = 0;
    for (size_t i = 0; i < file->block_count; i++)
        if (file->blocks[i].header.kind == TRACE_EVENTS)
            sum += file->blocks[i].header.event_count;
    return sum;
}

static bool restore(struct keyframes *keyframes,
                    const struct keyframe *keyframe, struct replay *replay,
                    struct trace_order *order, struct frame_reader *reader) {
    struct heap *heap = &replay->heap;
    heap->spans.source = slots_reader(replay, &keyframes->store);
    return heap_frame_take(heap, &reader->pack, all_events(order)) &&
           heap->events == keyframe->events && heap->time == keyframe->time &&
           take_order(order, heap->spans.pool, &reader->pack) &&
           metrics_restore(&replay->metrics, &reader->pack) &&
           reader->pack.left == 0 && heap_frame_agrees(replay);
}

bool keyframes_return(struct keyframes *keyframes,
                      const struct keyframe *keyframe, struct replay *replay,
                      struct trace_order *order) {
    struct pool *pool = replay->heap.spans.pool;
    struct frame_piece *pieces =
        pool_get(pool, FRAME_PIECES_MOST * sizeof *pieces);
    struct record record;
    struct frame_reader reader;
    bool whole =
        get_record(&keyframes->store, keyframe->place, &record, pieces);
    if (whole) {
        frame_open(&reader, &keyframes->store, pool, pieces,
                   record.piece_count);
        whole = restore(keyframes, keyframe, replay, order, &reader);
        frame_close(&reader, pool);
    }
    pool_give(pool, pieces);
    return whole;
}

// ---- those of a store ----

static void reverse(struct keyframe *list, size_t count) {
    for (size_t i = 0; i < count / 2; i++) {
        struct keyframe first = list[i];
        list[i] = list[count - 1 - i];
        list[count - 1 - i] = first;
    }
}

bool keyframes_list(struct keyframes *keyframes, uint64_t place) {
    struct record record;
    struct keyframe behind = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    while (place > 0) {
        if (!get_record(&keyframes->store, place, &record, NULL) ||
            record.events >= behind.events || record.time > behind.time ||
            place >= behind.place)
            break;
        behind = (struct keyframe){record.events, record.time, place};
        keyframes->list =
            pool_grow(keyframes->pool, keyframes->list, keyframes->count,
                      &keyframes->capacity, sizeof *keyframes->list);
        keyframes->list[keyframes->count++] = behind;
        place = record.previous;
    }
    if (place > 0) // a link is broken
        keyframes->count = 0;
    reverse(keyframes->list, keyframes->count);
    return keyframes->count > 0;
}

bool keyframes_list_aside(struct keyframes *keyframes, size_t i,
                          uint64_t place) {
    struct record record;
    if (place == 0)
        return true;
    if (!get_record(&keyframes->store, place, &record, NULL))
        return false;
    keyframes->aside[i] = (struct keyframe){record.events, record.time, place};
    return true;
}

void keyframes_forget(struct keyframes *keyframes, uint64_t time) {
    for (size_t i = 0; i < KEYFRAMES_ASIDE; i++)
        if (keyframes->aside[i].time >= time)
            keyframes->aside[i].place = 0;
    while (keyframes->count > 0 &&
           keyframes->list[keyframes->count - 1].time >= time)
        keyframes->count--;
}
