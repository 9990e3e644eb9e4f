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

void rp_encoder_free(struct rp_encoder *encoder) {
    if (encoder->columns[0] != NULL)
        rp_system_unmap(encoder->columns[0],
                        2 * (size_t)TRACE_COLUMNS * RP_COLUMN_BYTES);
}

void rp_encoder_begin(struct rp_encoder *encoder) {
    memset(&encoder->predictor, 0, sizeof encoder->predictor);
    memcpy(encoder->ends, encoder->columns, sizeof encoder->ends);
    encoder->events = 0;
}

// Always inline: where the column is a constant, the switches of the predictor
// fold away.
__attribute__((always_inline)) static inline void put(
    struct rp_encoder *encoder, enum trace_column column, uint64_t value) {
    uint64_t expected = trace_predict(&encoder->predictor, column);

    encoder->ends[column] =
        rp_put_varint(encoder->ends[column], trace_zigzag(value - expected));
    trace_learn(&encoder->predictor, column, value);
}

// The columns that every event has.
static inline void put_event(struct rp_encoder *encoder, unsigned type,
                             uint64_t time) {
    CHECK(encoder->events < RP_BLOCK_EVENTS);
    if (encoder->events++ == 0)
        encoder->first_time = encoder->last_time = time;
    CHECK(time >= encoder->last_time);
    *encoder->ends[TRACE_COLUMN_TYPE]++ = (uint8_t)type;
    encoder->ends[TRACE_COLUMN_TIME] = rp_put_varint(
        encoder->ends[TRACE_COLUMN_TIME], time - encoder->last_time);
    encoder->last_time = time;
}

void rp_encoder_add_alloc(struct rp_encoder *encoder, unsigned type,
                          uint64_t time, uint64_t stack, uint64_t size,
                          uint32_t span, uint32_t block) {
    put_event(encoder, type, time);
    put(encoder, TRACE_COLUMN_STACK, stack);
    put(encoder, TRACE_COLUMN_SIZE, size);
    put(encoder, TRACE_COLUMN_ALLOC_SPAN, span);
    put(encoder, TRACE_COLUMN_ALLOC_BLOCK, block);
}

void rp_encoder_add_free(struct rp_encoder *encoder, unsigned type,
                         uint64_t time, uint32_t span, uint32_t block) {
    put_event(encoder, type, time);
    put(encoder, TRACE_COLUMN_FREE_SPAN, span);
    put(encoder, TRACE_COLUMN_FREE_BLOCK, block);
}

void rp_encoder_add(struct rp_encoder *encoder, unsigned type, uint64_t time,
                    const uint64_t values[TRACE_MAX_FIELDS]) {
    const struct trace_event_info *info = trace_event_info(type);

    put_event(encoder, type, time);
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
    return (size_t)(at - encoder->payload);
}
