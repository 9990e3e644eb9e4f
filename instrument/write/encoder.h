// encoder.h - a block of events in the making, column by column.
#ifndef RP_INSTRUMENT_WRITE_ENCODER_H
#define RP_INSTRUMENT_WRITE_ENCODER_H

#include "instrument/format/trace_format.h"
#include "instrument/format/trace_predictor.h"

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
