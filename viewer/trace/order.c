// order.c - all events of a trace in one order of time.
#include "viewer/trace/order.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_RUN = 32 }; // events that are worth handing on by themselves

static bool comes_before(const struct ring *a, const struct ring *b) {
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
        struct ring *ring = order->heap[i];
        order->heap[i] = order->heap[least];
        order->heap[least] = ring;
        i = least;
    }
}

static void order_heap(struct trace_order *order) {
    for (size_t i = order->heap_count / 2; i-- > 0;)
        sift_down(order, i);
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
    order->source.file = file;
    order->gathered =
        pool_get(file->pool, TRACE_ORDER_RUN * sizeof *order->gathered);

    struct block_order *blocks =
        pool_get(file->pool, file->block_count * sizeof *blocks);
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
        pool_zeroed(file->pool, order->ring_count, sizeof *order->rings);
    order->heap = pool_get(file->pool, order->ring_count * sizeof *order->heap);
    for (size_t i = 0, end; i < count; i = end) {
        struct ring *ring = &order->rings[order->heap_count];
        for (end = i; end < count && blocks[end].ring == blocks[i].ring; end++)
            continue;
        ring->number = blocks[i].ring;
        ring->block_count = end - i;
        ring->blocks =
            pool_get(file->pool, ring->block_count * sizeof *ring->blocks);
        for (size_t j = i; j < end; j++)
            ring->blocks[j - i] = blocks[j].index;
        ring->key = file->blocks[blocks[i].index].header.first_time;
        order->heap[order->heap_count++] = ring;
    }
    pool_give(file->pool, blocks);
    order_heap(order);
}

void trace_order_close(struct trace_order *order) {
    struct pool *pool = order->source.file->pool;
    for (size_t i = 0; i < order->ring_count; i++)
        ring_free(&order->source, &order->rings[i]);
    ring_source_free(&order->source);
    pool_give(pool, order->gathered);
    pool_give(pool, order->rings);
    pool_give(pool, order->heap);
    memset(order, 0, sizeof *order);
}

// Moves the ring's key to its next event; takes the ring out when it is done.
static void advance(struct trace_order *order) {
    struct ring *ring = order->heap[0];
    if (ring->unpacked && ring->at < ring->count) {
        ring->key = ring->batch[ring->at].time;
    } else if (ring->unpacked && ring_refill(&order->source, ring)) {
        ring->key = ring->batch[0].time;
    } else if (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block];
        ring->key = order->source.file->blocks[index].header.first_time;
        ring_pack(&order->source, ring);
    } else {
        ring_pack(&order->source, ring);
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
static size_t run_length(struct ring *ring, const struct ring *other) {
    size_t first = ring->at, at = first, end = first + TRACE_ORDER_RUN;
    if (end > ring->count)
        end = ring->count;
    ring->time_before = ring->time;
    for (; at < end && ring->batch[at].time < ring->time; at++)
        ring->batch[at].time = ring->time;
    struct ring last = {.number = ring->number,
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
        struct ring *ring = order->heap[0];
        if (!ring->unpacked) {
            // The key was only the promise of a block header. Where that block
            // is passed over, the next may begin before it: what others gave
            // out since is later than that, so it does as if it had not.
            uint64_t promised = ring->key;
            ring->at = ring->count = 0;
            if (!ring_next_block(&order->source, ring)) {
                ring_pack(&order->source, ring);
                order->heap[0] = order->heap[--order->heap_count];
            } else {
                if (ring->time < promised)
                    ring->time = promised;
                ring_set_key(ring);
            }
            sift_down(order, 0);
            continue;
        }
        const struct ring *other = NULL;
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

// ---- coming back ----

// A run that was found and not given out is found again; what is put off until
// the next call is done.
static void settle(struct trace_order *order) {
    struct ring *ring = order->current;
    order->current = NULL;
    if (ring && order->run) {
        ring->at -= order->run_count;
        ring->time = ring->time_before;
        ring_set_key(ring);
        order->run = NULL;
    } else if (ring) {
        advance(order);
    }
}

struct order_position *trace_order_position(struct trace_order *order,
                                            struct pool *pool) {
    settle(order);
    struct order_position *position = pool_get(
        pool, sizeof *position + order->ring_count * sizeof *position->rings);
    position->missing_events = order->source.missing_events;
    position->loaded_bytes = order->source.loaded_bytes;
    for (size_t i = 0; i < order->ring_count; i++) {
        position->rings[i] = ring_position(&order->rings[i]);
        position->rings[i].done = true;
    }
    for (size_t i = 0; i < order->heap_count; i++)
        position->rings[order->heap[i] - order->rings].done = false;
    return position;
}

void trace_order_return(struct trace_order *order,
                        const struct order_position *position) {
    order->heap_count = 0;
    for (size_t i = 0; i < order->ring_count; i++) {
        ring_return(&order->source, &order->rings[i], &position->rings[i]);
        if (!position->rings[i].done)
            order->heap[order->heap_count++] = &order->rings[i];
    }
    order_heap(order);
    order->source.missing_events = position->missing_events;
    order->source.loaded_bytes = position->loaded_bytes;
}
