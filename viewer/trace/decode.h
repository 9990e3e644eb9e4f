// decode.h - from the columns of a block of events to single events.
#ifndef RPSCOPE_TRACE_DECODE_H
#define RPSCOPE_TRACE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instrument/format/trace_format.h"
#include "instrument/format/trace_predictor.h"
#include "viewer/base/bytes.h"

// One event. value[i] is the i-th field of its schema (TRACE_EVENT_LIST).
struct trace_event {
    uint64_t time; // steps
    uint64_t value[TRACE_MAX_FIELDS];
    uint32_t ring;
    uint32_t type; // enum trace_event_type
};

// A place in a block of events; zeroed before first use, but for the room that
// the caller gives it for lives.
struct trace_decoder {
    struct bytes columns[TRACE_COLUMNS];
    uint32_t ring;
    uint32_t left; // events still to come
    struct trace_life *lives;
    size_t life_capacity;
    struct trace_predictor predictor;
};

// How many lives a block may need room for.
size_t trace_decode_lives(struct bytes payload,
                          const struct trace_block_header *header);

// Stands before the first event of the block. False when the columns do not
// fill the payload exactly or there are not `event_count` events, for as many
// of which there is room.
bool trace_decode_start(struct trace_decoder *decoder, struct bytes payload,
                        const struct trace_block_header *header);

// Decodes up to `room` events, whose times do not run backwards. Returns how
// many; sets *bad, and decodes no further, at an event that is not known or not
// whole.
size_t trace_decode_next(struct trace_decoder *decoder,
                         struct trace_event *events, size_t room, bool *bad);

#endif
