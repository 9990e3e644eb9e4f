// order.c - all events of a trace in one order of time.
#include "viewer/trace/order.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

struct order_ring {
    uint32_t number;
    size_t *blocks; // indices in the file, by sequence
    size_t block_count;
    size_t next_block;
    uint64_t next_sequence; // of the event that should come
    uint64_t time;          // of the last event given out
    uint64_t key;           // time of the event at `at`, or a lower bound
    bool unpacked;          // decoder and batch are in use
    struct trace_buffer buffer;
    struct trace_decoder *decoder;
    struct trace_event *batch;
    size_t at, count; // in batch
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

    struct block_order *blocks = memory_get(file->block_count * sizeof *blocks);
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
    order->rings = memory_zeroed(order->ring_count, sizeof *order->rings);
    order->heap = memory_get(order->ring_count * sizeof *order->heap);
    for (size_t i = 0, end; i < count; i = end) {
        struct order_ring *ring = &order->rings[order->heap_count];
        for (end = i; end < count && blocks[end].ring == blocks[i].ring; end++)
            continue;
        ring->number = blocks[i].ring;
        ring->block_count = end - i;
        ring->blocks = memory_get(ring->block_count * sizeof *ring->blocks);
        for (size_t j = i; j < end; j++)
            ring->blocks[j - i] = blocks[j].index;
        ring->key = file->blocks[blocks[i].index].header.first_time;
        order->heap[order->heap_count++] = ring;
    }
    free(blocks);
    for (size_t i = order->heap_count / 2; i-- > 0;)
        sift_down(order, i);
}

static void pack(struct order_ring *ring) {
    trace_buffer_free(&ring->buffer);
    if (ring->decoder)
        trace_decode_free(ring->decoder);
    free(ring->decoder);
    free(ring->batch);
    ring->decoder = NULL;
    ring->batch = NULL;
    ring->unpacked = false;
}

void trace_order_close(struct trace_order *order) {
    for (size_t i = 0; i < order->ring_count; i++) {
        pack(&order->rings[i]);
        free(order->rings[i].blocks);
    }
    free(order->rings);
    free(order->heap);
    memset(order, 0, sizeof *order);
}

// Decodes the next batch of the block in use. False when the block is done.
static bool refill(struct trace_order *order, struct order_ring *ring) {
    bool bad = false;
    ring->at = 0;
    ring->count =
        trace_decode_next(ring->decoder, ring->batch, TRACE_ORDER_RUN, &bad);
    if (bad) {
        size_t index = ring->blocks[ring->next_block - 1];
        trace_file_damage(order->file, index,
                          "holds an event that is not known or not whole");
        order->missing_events += ring->decoder->left;
        ring->decoder->left = 0;
    }
    return ring->count > 0;
}

// Unpacks the next whole block. False at the end of the ring.
static bool next_block(struct trace_order *order, struct order_ring *ring) {
    while (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block++];
        const struct trace_block_header *header =
            &order->file->blocks[index].header;
        uint64_t end = header->first_sequence + header->event_count;
        struct bytes payload;

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
        if (!ring->unpacked) {
            ring->decoder = memory_zeroed(1, sizeof *ring->decoder);
            ring->batch = memory_get(TRACE_ORDER_RUN * sizeof *ring->batch);
            ring->unpacked = true;
        }
        if (!trace_file_load(order->file, index, &ring->buffer, &payload)) {
            order->missing_events += header->event_count - again;
            continue;
        }
        if (!trace_decode_start(ring->decoder, payload, header)) {
            trace_file_damage(order->file, index,
                              "has columns that do not fit together");
            order->missing_events += header->event_count - again;
            continue;
        }
        while (refill(order, ring)) {
            if (again < ring->count) {
                ring->at = again;
                return true;
            }
            again -= ring->count;
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
        pack(ring);
    } else {
        pack(ring);
        order->heap[0] = order->heap[--order->heap_count];
        if (order->heap_count == 0)
            return;
    }
    if (ring->key < ring->time)
        ring->key = ring->time;
    sift_down(order, 0);
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
                pack(ring);
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
        do {
            struct trace_event *event = &ring->batch[ring->at];
            if (event->time < ring->time)
                event->time = ring->time;
            ring->time = ring->key = event->time;
            if (other && ring->at > first && comes_before(other, ring))
                break;
            ring->at++;
        } while (ring->at < ring->count);
        order->current = ring;
        *count = ring->at - first;
        return &ring->batch[first];
    }
    return NULL;
}

size_t trace_order_read(struct trace_order *order, struct trace_event *events,
                        size_t room) {
    size_t done = 0, count;
    while (room - done >= TRACE_ORDER_RUN) {
        const struct trace_event *run = next_run(order, &count);
        if (!run)
            break;
        memcpy(&events[done], run, count * sizeof *run);
        done += count;
    }
    return done;
}
