// order.c - all events of a trace in one order of time.
#include "viewer/trace/order.h"

#include <stdlib.h>
#include <string.h>

struct order_ring {
    uint32_t number;
    size_t *blocks; // indices in the file, by sequence
    size_t block_count;
    size_t next_block;
    uint64_t next_sequence; // of the event that should come
    uint64_t time;          // of the last event given out
    uint64_t key;           // time of the event at `at`, or a lower bound
    bool unpacked;          // batch is in use
    // Of a large block, which is decoded batch by batch. A small one is decoded
    // at once, by what all rings share: thousands of threads may have one each.
    struct trace_buffer buffer;
    struct trace_decoder *decoder; // NULL: a small block
    struct trace_event *batch;
    size_t at, count; // in batch
};

enum {
    SMALL_EVENTS = 1024, // as batch no larger than a decoder
    LONG_RUN = 32        // events that are worth handing on by themselves
};

static bool comes_before(const struct order_ring *a,
                         const struct order_ring *b) {
    return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static void sift_down(struct trace_order *order, size_t i) {
    for (;;) {
        size_t least = i, left = 2 * i + 1;
        for (size_t child = left; child < left + 2; child++)
            if (child < order->heap_count &&
                comes_before(order->heap[child], order->heap[least]))
                least = child;
        if (least == i)
            return;
        struct order_ring *ring = order->heap[i];
        order->heap[i] = order->heap[least];
        order->heap[least] = ring;
        i = least;
    }
}

struct block_order {
    uint32_t ring;
    uint64_t sequence;
    size_t index;
};

static int compare_blocks(const void *left, const void *right) {
    const struct block_order *a = left, *b = right;
    if (a->ring != b->ring)
        return a->ring < b->ring ? -1 : 1;
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

void trace_order_open(struct trace_order *order, struct trace_file *file) {
    memset(order, 0, sizeof *order);
    order->file = file;
    order->gathered =
        pool_get(file->pool, TRACE_ORDER_RUN * sizeof *order->gathered);

    struct block_order *blocks =
        pool_get(order->file->pool, file->block_count * sizeof *blocks);
    size_t count = 0;
    for (size_t i = 0; i < file->block_count; i++) {
        const struct trace_block_header *header = &file->blocks[i].header;
        if (header->kind != TRACE_EVENTS || header->event_count == 0)
            continue;
        blocks[count++] =
            (struct block_order){header->ring, header->first_sequence, i};
        order->total_bytes += header->stored_bytes;
        if (count == 1 || header->first_time < order->first_time)
            order->first_time = header->first_time;
        if (header->last_time > order->last_time)
            order->last_time = header->last_time;
    }
    if (count > 0)
        qsort(blocks, count, sizeof *blocks, compare_blocks);
    for (size_t i = 0; i < count; i++)
        order->ring_count += i == 0 || blocks[i].ring != blocks[i - 1].ring;
    order->rings =
        pool_zeroed(order->file->pool, order->ring_count, sizeof *order->rings);
    order->heap =
        pool_get(order->file->pool, order->ring_count * sizeof *order->heap);
    for (size_t i = 0, end; i < count; i = end) {
        struct order_ring *ring = &order->rings[order->heap_count];
        for (end = i; end < count && blocks[end].ring == blocks[i].ring; end++)
            continue;
        ring->number = blocks[i].ring;
        ring->block_count = end - i;
        ring->blocks = pool_get(order->file->pool,
                                ring->block_count * sizeof *ring->blocks);
        for (size_t j = i; j < end; j++)
            ring->blocks[j - i] = blocks[j].index;
        ring->key = file->blocks[blocks[i].index].header.first_time;
        order->heap[order->heap_count++] = ring;
    }
    pool_give(order->file->pool, blocks);
    for (size_t i = order->heap_count / 2; i-- > 0;)
        sift_down(order, i);
}

// A decoder with room for the lives of the block.
static void reserve(struct trace_order *order, struct trace_decoder **decoder,
                    const struct trace_block_header *header,
                    const struct bytes *payload) {
    struct pool *pool = order->file->pool;
    size_t lives = trace_decode_lives(*payload, header);
    if (!*decoder)
        *decoder = pool_zeroed(pool, 1, sizeof **decoder);
    if (lives <= (*decoder)->life_capacity)
        return;
    (*decoder)->lives =
        pool_resize(pool, (*decoder)->lives, lives, sizeof *(*decoder)->lives);
    (*decoder)->life_capacity = lives;
}

static void free_decoder(struct trace_order *order,
                         struct trace_decoder *decoder) {
    if (decoder)
        pool_give(order->file->pool, decoder->lives);
    pool_give(order->file->pool, decoder);
}

static void pack(struct trace_order *order, struct order_ring *ring) {
    trace_buffer_free(order->file, &ring->buffer);
    free_decoder(order, ring->decoder);
    pool_give(order->file->pool, ring->batch);
    ring->decoder = NULL;
    ring->batch = NULL;
    ring->at = ring->count = 0;
    ring->unpacked = false;
}

void trace_order_close(struct trace_order *order) {
    for (size_t i = 0; i < order->ring_count; i++) {
        pack(order, &order->rings[i]);
        pool_give(order->file->pool, order->rings[i].blocks);
    }
    trace_buffer_free(order->file, &order->buffer);
    free_decoder(order, order->decoder);
    pool_give(order->file->pool, order->gathered);
    pool_give(order->file->pool, order->rings);
    pool_give(order->file->pool, order->heap);
    memset(order, 0, sizeof *order);
}

// Decodes up to `room` events into the batch. False when there are none.
static bool decode(struct trace_order *order, struct order_ring *ring,
                   struct trace_decoder *decoder, size_t room) {
    bool bad = false;
    ring->at = 0;
    ring->count = trace_decode_next(decoder, ring->batch, room, &bad);
    if (bad) {
        size_t index = ring->blocks[ring->next_block - 1];
        trace_file_damage(order->file, index,
                          "holds an event that is not known or not whole");
        order->missing_events += decoder->left;
        decoder->left = 0;
    }
    return ring->count > 0;
}

// Decodes the next batch of the block in use. False when the block is done.
static bool refill(struct trace_order *order, struct order_ring *ring) {
    return ring->decoder && decode(order, ring, ring->decoder, TRACE_ORDER_RUN);
}

// Loads the block and decodes its first events. False when it has none.
static bool unpack(struct trace_order *order, struct order_ring *ring,
                   size_t index) {
    const struct trace_block_header *header =
        &order->file->blocks[index].header;
    bool small = header->event_count <= SMALL_EVENTS;
    struct trace_decoder **decoder = small ? &order->decoder : &ring->decoder;
    size_t room = small ? header->event_count : (size_t)TRACE_ORDER_RUN;
    struct bytes payload;

    pack(order, ring);
    if (!trace_file_load(order->file, index,
                         small ? &order->buffer : &ring->buffer, &payload))
        return false;
    reserve(order, decoder, header, &payload);
    if (!trace_decode_start(*decoder, payload, header)) {
        trace_file_damage(order->file, index,
                          "has columns that do not fit together");
        return false;
    }
    ring->batch = pool_get(order->file->pool, room * sizeof *ring->batch);
    ring->unpacked = true;
    decode(order, ring, *decoder, room);
    return true;
}

// Unpacks the next whole block. False at the end of the ring.
static bool next_block(struct trace_order *order, struct order_ring *ring) {
    while (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block++];
        const struct trace_block_header *header =
            &order->file->blocks[index].header;
        uint64_t end = header->first_sequence + header->event_count;

        order->loaded_bytes += header->stored_bytes;
        if (end < header->first_sequence || end <= ring->next_sequence)
            continue; // written twice
        if (header->first_sequence > ring->next_sequence)
            order->missing_events +=
                header->first_sequence - ring->next_sequence;
        uint64_t again = ring->next_sequence > header->first_sequence
                             ? ring->next_sequence - header->first_sequence
                             : 0;
        ring->next_sequence = end;
        if (!unpack(order, ring, index)) {
            order->missing_events += header->event_count - again;
            continue;
        }
        while (ring->count > 0) {
            if (again < ring->count) {
                ring->at = again;
                return true;
            }
            again -= ring->count;
            if (!refill(order, ring))
                break;
        }
    }
    return false;
}

// Moves the ring's key to its next event; takes the ring out when it is done.
static void advance(struct trace_order *order) {
    struct order_ring *ring = order->heap[0];
    if (ring->unpacked && ring->at < ring->count) {
        ring->key = ring->batch[ring->at].time;
    } else if (ring->unpacked && refill(order, ring)) {
        ring->key = ring->batch[0].time;
    } else if (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block];
        ring->key = order->file->blocks[index].header.first_time;
        pack(order, ring);
    } else {
        pack(order, ring);
        order->heap[0] = order->heap[--order->heap_count];
        if (order->heap_count == 0)
            return;
    }
    if (ring->key < ring->time)
        ring->key = ring->time;
    sift_down(order, 0);
}

// How many events of the ring, at least one, come before those of all others.
// Within a batch time does not run backwards (decode.h); one that begins before
// the last event of the batch before does as if it had not.
static size_t run_length(struct order_ring *ring,
                         const struct order_ring *other) {
    size_t first = ring->at, at = first, end = first + TRACE_ORDER_RUN;
    if (end > ring->count)
        end = ring->count;
    for (; at < end && ring->batch[at].time < ring->time; at++)
        ring->batch[at].time = ring->time;
    struct order_ring last = {.number = ring->number,
                              .key = ring->batch[end - 1].time};
    if (!other || comes_before(&last, other)) {
        at = end;
    } else {
        last.key = ring->batch[first].time;
        for (at = first + 1; at < end; at++) {
            last.key = ring->batch[at].time;
            if (!comes_before(&last, other))
                break;
        }
    }
    ring->time = ring->key = ring->batch[at - 1].time;
    return at - first;
}

// The next events, all of one ring; NULL at the end. They stay valid until the
// next call.
static const struct trace_event *next_run(struct trace_order *order,
                                          size_t *count) {
    if (order->current) {
        order->current = NULL;
        advance(order);
    }
    while (order->heap_count > 0) {
        struct order_ring *ring = order->heap[0];
        if (!ring->unpacked) {
            // The key was only the promise of a block header.
            ring->at = ring->count = 0;
            if (!next_block(order, ring)) {
                pack(order, ring);
                order->heap[0] = order->heap[--order->heap_count];
            } else {
                ring->key = ring->batch[ring->at].time;
                if (ring->key < ring->time)
                    ring->key = ring->time;
            }
            sift_down(order, 0);
            continue;
        }
        const struct order_ring *other = NULL;
        for (size_t child = 1; child <= 2; child++)
            if (child < order->heap_count &&
                (!other || comes_before(order->heap[child], other)))
                other = order->heap[child];
        size_t first = ring->at;
        ring->at += run_length(ring, other);
        order->current = ring;
        *count = ring->at - first;
        return &ring->batch[first];
    }
    return NULL;
}

// Copies short runs together behind the `done` that are copied already. One
// that is long, or does not fit, stays for the next call.
static size_t gather(struct trace_order *order, size_t done) {
    while (order->run && order->run_count < LONG_RUN &&
           done + order->run_count <= TRACE_ORDER_RUN) {
        memcpy(&order->gathered[done], order->run,
               order->run_count * sizeof *order->run);
        done += order->run_count;
        order->run = next_run(order, &order->run_count);
    }
    return done;
}

const struct trace_event *trace_order_next(struct trace_order *order,
                                           size_t *count) {
    if (!order->run)
        order->run = next_run(order, &order->run_count);
    if (!order->run) {
        *count = 0;
        return NULL;
    }
    if (order->run_count >= LONG_RUN) {
        const struct trace_event *run = order->run;
        *count = order->run_count;
        order->run = NULL; // stays where it is until the next call
        return run;
    }
    *count = gather(order, 0);
    return order->gathered;
}
