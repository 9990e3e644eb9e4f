// encode.h - events to columns.
//
// One block of events at a time: begin, add each, finish. What an event holds
// is left out where struct trace_predictor expects it, and else written as the
// difference. Only the drainer.
//
// Time is written with a little liberty: where it does no harm, the event gets
// the time that its predecessors make expect, if that is at most
// RP_TIME_LIBERTY steps early.
#ifndef RP_INSTRUMENT_WRITE_ENCODE_H
#define RP_INSTRUMENT_WRITE_ENCODE_H

#include "instrument/format/trace_format.h"
#include "instrument/format/trace_predictor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RP_BLOCK_EVENTS = 32768, // at most in a block
    // No event has more than three values of one column.
    RP_COLUMN_BYTES = RP_BLOCK_EVENTS * 3 * TRACE_MAX_VARINT,
    RP_TIME_LIBERTY = 16,
    RP_PLACE_BITS = 14,
    RP_PACE_UNIT = 1024, // of a step
};

struct rp_encoder {
    struct trace_predictor predictor;
    uint8_t *columns[TRACE_COLUMNS];
    uint8_t *ends[TRACE_COLUMNS];
    uint8_t *payload; // all columns in a row
    uint32_t events;
    uint64_t first_time;
    uint64_t earliest;                // in sixteenths of steps
    uint64_t true_time;               // of the last event
    uint32_t pace[TRACE_SHORT_CODES]; // as it was lately
    struct trace_life *lives;
    // By place: which life may be there. Checked, so never cleared.
    uint16_t places[1 << RP_PLACE_BITS];
};

// false: no memory.
bool rp_encoder_start(struct rp_encoder *encoder);
void rp_encoder_free(struct rp_encoder *encoder);

// earliest: an event after that time may be given one that is earlier, but not
// earlier than this. UINT64_MAX: all times as they are.
void rp_encoder_begin(struct rp_encoder *encoder, uint64_t earliest);

// time: in steps, not before that of the event before; values: the fields in
// the order of the schema. At most RP_BLOCK_EVENTS in a block.
void rp_encoder_add(struct rp_encoder *encoder, unsigned type, uint64_t time,
                    const uint64_t values[TRACE_MAX_FIELDS]);

// The same, faster: ALLOC, CALLOC, ALIGNED without its last field, and REALLOC;
// and FREE, FREE_DEFERRED and USABLE_SIZE.
void rp_encoder_add_alloc(struct rp_encoder *encoder, unsigned type,
                          uint64_t time, uint64_t stack, uint64_t size,
                          uint32_t span, uint32_t block);
void rp_encoder_add_free(struct rp_encoder *encoder, unsigned type,
                         uint64_t time, uint32_t span, uint32_t block);

// The time of the last event as it is written, in steps.
static inline uint64_t rp_encoder_last_time(const struct rp_encoder *encoder) {
    return encoder->predictor.time / 16;
}

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
