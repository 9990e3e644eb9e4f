// encode.c - see encode.h.
#include "instrument/encode.h"

#include "core/bits.h"
#include "core/check.h"
#include "instrument/system.h"

#include <string.h>

bool rp_encoder_start(struct rp_encoder *encoder) {
    // Most of it is never touched.
    uint8_t *memory =
        rp_system_map(2 * (size_t)TRACE_COLUMNS * RP_COLUMN_BYTES, RP_MAP_OWN);

    if (memory == NULL)
        return false;
    for (unsigned i = 0; i < TRACE_COLUMNS; i++)
        encoder->columns[i] = memory + (size_t)i * RP_COLUMN_BYTES;
    encoder->payload = memory + (size_t)TRACE_COLUMNS * RP_COLUMN_BYTES;
    return true;
}

void rp_encoder_begin(struct rp_encoder *encoder) {
    memset(&encoder->predictor, 0, sizeof encoder->predictor);
    memcpy(encoder->ends, encoder->columns, sizeof encoder->ends);
    encoder->events = 0;
}

// Always inline: in the places where the column is a constant, the switches of
// the predictor fold away.
__attribute__((always_inline)) static inline void put(
    struct rp_encoder *encoder, enum trace_column column, uint64_t value) {
    uint64_t expected = trace_predict(&encoder->predictor, column);

    encoder->ends[column] =
        rp_put_varint(encoder->ends[column], trace_zigzag(value - expected));
    trace_learn(&encoder->predictor, column, value);
}

void rp_encoder_add(struct rp_encoder *encoder, unsigned type, uint64_t time,
                    const uint64_t values[TRACE_MAX_FIELDS]) {
    CHECK(encoder->events < RP_BLOCK_EVENTS);
    if (encoder->events++ == 0)
        encoder->first_time = encoder->last_time = time;
    CHECK(time >= encoder->last_time);
    *encoder->ends[TRACE_COLUMN_TYPE]++ = (uint8_t)type;
    encoder->ends[TRACE_COLUMN_TIME] = rp_put_varint(
        encoder->ends[TRACE_COLUMN_TIME], time - encoder->last_time);
    encoder->last_time = time;

    switch (type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_REALLOC:
        put(encoder, TRACE_COLUMN_STACK, values[0]);
        put(encoder, TRACE_COLUMN_SIZE, values[1]);
        put(encoder, TRACE_COLUMN_ALLOC_SPAN, values[2]);
        put(encoder, TRACE_COLUMN_ALLOC_BLOCK, values[3]);
        return;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        put(encoder, TRACE_COLUMN_FREE_SPAN, values[0]);
        put(encoder, TRACE_COLUMN_FREE_BLOCK, values[1]);
        return;
    default:
        break;
    }
    const struct trace_event_info *info = trace_event_info(type);
    for (unsigned i = 0; i < TRACE_MAX_FIELDS && info->columns[i] != 0; i++)
        put(encoder, (enum trace_column)info->columns[i], values[i]);
}

size_t rp_encoder_finish(struct rp_encoder *encoder) {
    uint8_t *at = encoder->payload;

    for (unsigned i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t bytes = (uint32_t)(encoder->ends[i] - encoder->columns[i]);
        memcpy(at, &bytes, sizeof bytes);
        memcpy(at + sizeof bytes, encoder->columns[i], bytes);
        at += sizeof bytes + bytes;
    }
    CHECK((size_t)(at - encoder->payload) <= TRACE_MAX_BLOCK_BYTES);
    return (size_t)(at - encoder->payload);
}
