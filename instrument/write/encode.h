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

#include "instrument/write/encoder.h"

#include <stdbool.h>
#include <stddef.h>

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

// The time of the last event as it is written, in steps.
static inline uint64_t rp_encoder_last_time(const struct rp_encoder *encoder) {
    return encoder->predictor.time / 16;
}

// Puts the payload together; returns its bytes.
size_t rp_encoder_finish(struct rp_encoder *encoder);

#endif
