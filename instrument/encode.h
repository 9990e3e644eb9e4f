// encode.h - events to columns.
//
// One block of events at a time: begin, add each, finish. Each value is
// written as its difference from what trace_predict expects. Only the drainer.
#ifndef RP_ENCODE_H
#define RP_ENCODE_H

#include "instrument/trace_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RP_BLOCK_EVENTS = 16384, // at most in a block
    // No event has more than three values of one column.
    RP_COLUMN_BYTES = RP_BLOCK_EVENTS * 3 * TRACE_MAX_VARINT,
};

struct rp_encoder {
    struct trace_predictor predictor;
    uint8_t *columns[TRACE_COLUMNS];
    uint8_t *ends[TRACE_COLUMNS];
    uint8_t *payload; // all columns in a row
    uint32_t events;
    uint64_t first_time, last_time;
};

// false: no memory.
bool rp_encoder_start(struct rp_encoder *encoder);
void rp_encoder_free(struct rp_encoder *encoder);

void rp_encoder_begin(struct rp_encoder *encoder);

// time: in steps, not before that of the event before; values: the fields in
// the order of the schema. At most RP_BLOCK_EVENTS in a block.
void rp_encoder_add(struct rp_encoder *encoder, unsigned type, uint64_t time,
                    const uint64_t values[TRACE_MAX_FIELDS]);

// The same for the most frequent events, faster: ALLOC, CALLOC and REALLOC,
// and FREE and FREE_DEFERRED.
void rp_encoder_add_alloc(struct rp_encoder *encoder, unsigned type,
                          uint64_t time, uint64_t stack, uint64_t size,
                          uint32_t span, uint32_t block);
void rp_encoder_add_free(struct rp_encoder *encoder, unsigned type,
                         uint64_t time, uint32_t span, uint32_t block);

// Puts the payload together; returns its bytes.
size_t rp_encoder_finish(struct rp_encoder *encoder);

// Writes a varint of at most TRACE_MAX_VARINT bytes; returns its end.
static inline uint8_t *rp_put_varint(uint8_t *at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

#endif
