// order.c - all events of a trace in one order of time.
#include "viewer/trace/order.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

struct merge_ring {
    uint32_t number;
    size_t *blocks; // indices in the file, by sequence
    size_t block_count;
    size_t next_block;
    uint64_t next_sequence; // of the event that should come
    uint64_t time;          // of the last event given out
    uint64_t key;           // time of the event at `at`, or a lower bound
    bool unpacked;          // cursor and batch are in use
    struct trace_buffer buffer;
    struct trace_cursor *cursor;
    struct trace_event *batch;
    size_t at, count; // in batch
};

static bool comes_before(const struct merge_ring *a,
                         const struct merge_ring *b) {
    return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static void sift_down(struct merge *merge, size_t i) {
    for (;;) {
        size_t least = i, left = 2 * i + 1;
        for (size_t child = left; child < left + 2; child++)
            if (child < merge->heap_count &&
                comes_before(merge->heap[child], merge->heap[least]))
                least = child;
        if (least == i)
            return;
        struct merge_ring *ring = merge->heap[i];
        merge->heap[i] = merge->heap[least];
        merge->heap[least] = ring;
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

void merge_open(struct merge *merge, struct trace_file *file) {
    memset(merge, 0, sizeof *merge);
    merge->file = file;

    struct block_order *order = memory_get(file->block_count * sizeof *order);
    size_t count = 0;
    for (size_t i = 0; i < file->block_count; i++) {
        const struct trace_block_header *header = &file->blocks[i].header;
        if (header->kind != TRACE_EVENTS || header->event_count == 0)
            continue;
        order[count++] =
            (struct block_order){header->ring, header->first_sequence, i};
        merge->total_bytes += header->stored_bytes;
        if (count == 1 || header->first_time < merge->first_time)
            merge->first_time = header->first_time;
        if (header->last_time > merge->last_time)
            merge->last_time = header->last_time;
    }
    if (count > 0)
        qsort(order, count, sizeof *order, compare_blocks);
    for (size_t i = 0; i < count; i++)
        merge->ring_count += i == 0 || order[i].ring != order[i - 1].ring;
    merge->rings = memory_zeroed(merge->ring_count, sizeof *merge->rings);
    merge->heap = memory_get(merge->ring_count * sizeof *merge->heap);
    for (size_t i = 0, end; i < count; i = end) {
        struct merge_ring *ring = &merge->rings[merge->heap_count];
        for (end = i; end < count && order[end].ring == order[i].ring; end++)
            continue;
        ring->number = order[i].ring;
        ring->block_count = end - i;
        ring->blocks = memory_get(ring->block_count * sizeof *ring->blocks);
        for (size_t j = i; j < end; j++)
            ring->blocks[j - i] = order[j].index;
        ring->key = file->blocks[order[i].index].header.first_time;
        merge->heap[merge->heap_count++] = ring;
    }
    free(order);
    for (size_t i = merge->heap_count / 2; i-- > 0;)
        sift_down(merge, i);
}

static void pack(struct merge_ring *ring) {
    trace_buffer_free(&ring->buffer);
    if (ring->cursor)
        trace_cursor_free(ring->cursor);
    free(ring->cursor);
    free(ring->batch);
    ring->cursor = NULL;
    ring->batch = NULL;
    ring->unpacked = false;
}

void merge_close(struct merge *merge) {
    for (size_t i = 0; i < merge->ring_count; i++) {
        pack(&merge->rings[i]);
        free(merge->rings[i].blocks);
    }
    free(merge->rings);
    free(merge->heap);
    memset(merge, 0, sizeof *merge);
}

// Decodes the next batch of the block in use. False when the block is done.
static bool refill(struct merge *merge, struct merge_ring *ring) {
    bool bad = false;
    ring->at = 0;
    ring->count = trace_cursor_next(ring->cursor, ring->batch, MERGE_RUN, &bad);
    if (bad) {
        size_t index = ring->blocks[ring->next_block - 1];
        trace_file_damage(merge->file, index,
                          "holds an event that is not known or not whole");
        merge->missing_events += ring->cursor->left;
        ring->cursor->left = 0;
    }
    return ring->count > 0;
}

// Unpacks the next whole block. False at the end of the ring.
static bool next_block(struct merge *merge, struct merge_ring *ring) {
    while (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block++];
        const struct trace_block_header *header =
            &merge->file->blocks[index].header;
        uint64_t end = header->first_sequence + header->event_count;
        struct bytes payload;

        merge->loaded_bytes += header->stored_bytes;
        if (end < header->first_sequence || end <= ring->next_sequence)
            continue; // written twice
        if (header->first_sequence > ring->next_sequence)
            merge->missing_events +=
                header->first_sequence - ring->next_sequence;
        uint64_t again = ring->next_sequence > header->first_sequence
                             ? ring->next_sequence - header->first_sequence
                             : 0;
        ring->next_sequence = end;
        if (!ring->unpacked) {
            ring->cursor = memory_zeroed(1, sizeof *ring->cursor);
            ring->batch = memory_get(MERGE_RUN * sizeof *ring->batch);
            ring->unpacked = true;
        }
        if (!trace_file_load(merge->file, index, &ring->buffer, &payload)) {
            merge->missing_events += header->event_count - again;
            continue;
        }
        if (!trace_cursor_start(ring->cursor, payload, header)) {
            trace_file_damage(merge->file, index,
                              "has columns that do not fit together");
            merge->missing_events += header->event_count - again;
            continue;
        }
        while (refill(merge, ring)) {
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
static void advance(struct merge *merge) {
    struct merge_ring *ring = merge->heap[0];
    if (ring->unpacked && ring->at < ring->count) {
        ring->key = ring->batch[ring->at].time;
    } else if (ring->unpacked && refill(merge, ring)) {
        ring->key = ring->batch[0].time;
    } else if (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block];
        ring->key = merge->file->blocks[index].header.first_time;
        pack(ring);
    } else {
        pack(ring);
        merge->heap[0] = merge->heap[--merge->heap_count];
        if (merge->heap_count == 0)
            return;
    }
    if (ring->key < ring->time)
        ring->key = ring->time;
    sift_down(merge, 0);
}

// The next events, all of one ring; NULL at the end. They stay valid until the
// next call.
static const struct trace_event *next_run(struct merge *merge, size_t *count) {
    if (merge->current) {
        merge->current = NULL;
        advance(merge);
    }
    while (merge->heap_count > 0) {
        struct merge_ring *ring = merge->heap[0];
        if (!ring->unpacked) {
            // The key was only the promise of a block header.
            ring->at = ring->count = 0;
            if (!next_block(merge, ring)) {
                pack(ring);
                merge->heap[0] = merge->heap[--merge->heap_count];
            } else {
                ring->key = ring->batch[ring->at].time;
                if (ring->key < ring->time)
                    ring->key = ring->time;
            }
            sift_down(merge, 0);
            continue;
        }
        const struct merge_ring *other = NULL;
        for (size_t child = 1; child <= 2; child++)
            if (child < merge->heap_count &&
                (!other || comes_before(merge->heap[child], other)))
                other = merge->heap[child];
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
        merge->current = ring;
        *count = ring->at - first;
        return &ring->batch[first];
    }
    return NULL;
}

size_t merge_read(struct merge *merge, struct trace_event *events,
                  size_t room) {
    size_t done = 0, count;
    while (room - done >= MERGE_RUN) {
        const struct trace_event *run = next_run(merge, &count);
        if (!run)
            break;
        memcpy(&events[done], run, count * sizeof *run);
        done += count;
    }
    return done;
}
