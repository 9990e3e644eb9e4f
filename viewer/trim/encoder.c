// encoder.c - events of a trace as blocks, ring by ring.
#include "viewer/trim/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum {
    BLOCK_EVENTS = 1 << 16, // of one ring
    MOST_PENDING = 1 << 21, // of all rings, that are kept in memory
    MOST_PLACES = 1 << 20,  // rings with a higher number are searched for
};

static void end_block(struct encoder *encoder, struct ring_encoder *ring) {
    struct column payload = {.bytes = NULL};
    if (ring->events == 0)
        return;
    for (int i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t size = (uint32_t)ring->columns[i].size;
        column_bytes(&payload, &size, sizeof size);
        column_bytes(&payload, ring->columns[i].bytes, size);
        ring->columns[i].size = 0;
    }
    writer_block(encoder->out,
                 &(struct trace_block_header){.kind = TRACE_EVENTS,
                                              .event_count = ring->events,
                                              .ring = ring->ring,
                                              .first_sequence = ring->written,
                                              .first_time = ring->first_time,
                                              .last_time = ring->last_time},
                 &payload);
    ring->written += ring->events;
    encoder->pending -= ring->events;
    ring->events = 0;
    column_free(&payload);
}

static struct ring_encoder *find_ring(const struct encoder *encoder,
                                      uint32_t number) {
    if (number < encoder->place_count && encoder->place[number])
        return &encoder->rings[encoder->place[number] - 1];
    for (size_t i = 0; number >= MOST_PLACES && i < encoder->ring_count; i++)
        if (encoder->rings[i].ring == number)
            return &encoder->rings[i];
    return NULL;
}

static void set_place(struct encoder *encoder, uint32_t number) {
    if (number >= MOST_PLACES)
        return;
    if (number >= encoder->place_count) {
        size_t wanted = 2 * (size_t)number + 64;
        encoder->place =
            memory_resize(encoder->place, wanted, sizeof *encoder->place);
        memset(encoder->place + encoder->place_count, 0,
               (wanted - encoder->place_count) * sizeof *encoder->place);
        encoder->place_count = wanted;
    }
    encoder->place[number] = (uint32_t)encoder->ring_count;
}

static struct ring_encoder *ring_of(struct encoder *encoder, uint32_t number) {
    struct ring_encoder *ring = find_ring(encoder, number);
    if (ring)
        return ring;
    encoder->rings =
        memory_grow(encoder->rings, encoder->ring_count,
                    &encoder->ring_capacity, sizeof *encoder->rings);
    ring = &encoder->rings[encoder->ring_count++];
    memset(ring, 0, sizeof *ring);
    ring->ring = number;
    set_place(encoder, number);
    return ring;
}

static void begin_block(struct ring_encoder *ring, uint64_t time) {
    memset(ring->plain, 0, sizeof ring->plain);
    ring->first_time = ring->last_time = time;
    for (int i = 0; i < TRACE_SHORT_CODES; i++)
        column_varint(&ring->columns[TRACE_COLUMN_PACE], 0);
}

static void put_fields(struct ring_encoder *ring,
                       const struct trace_event *event) {
    const struct trace_event_info *info = trace_event_info(event->type);
    for (int i = 0; i < TRACE_MAX_FIELDS && info->columns[i]; i++) {
        int column = info->columns[i];
        column_varint(&ring->columns[column],
                      trace_zigzag(event->value[i] - ring->plain[column]));
        ring->plain[column] = event->value[i];
    }
}

void encoder_add(struct encoder *encoder, const struct trace_event *event) {
    struct ring_encoder *ring = ring_of(encoder, event->ring);
    uint8_t type = (uint8_t)event->type;
    if (ring->events == 0)
        begin_block(ring, event->time);
    column_bytes(&ring->columns[TRACE_COLUMN_TYPE], &type, 1);
    column_varint(&ring->columns[TRACE_COLUMN_TIME],
                  event->time - ring->last_time);
    put_fields(ring, event);
    ring->last_time = event->time;
    ring->events++;
    encoder->events++;
    encoder->pending++;
    if (ring->events == BLOCK_EVENTS)
        end_block(encoder, ring);
    for (size_t i = 0;
         encoder->pending >= MOST_PENDING && i < encoder->ring_count; i++)
        end_block(encoder, &encoder->rings[i]);
}

void encoder_end(struct encoder *encoder) {
    for (size_t i = 0; i < encoder->ring_count; i++) {
        end_block(encoder, &encoder->rings[i]);
        for (int k = 0; k < TRACE_COLUMNS; k++)
            column_free(&encoder->rings[i].columns[k]);
    }
    free(encoder->rings);
    free(encoder->place);
    encoder->rings = NULL;
    encoder->place = NULL;
    encoder->place_count = 0;
    encoder->ring_count = 0;
}
