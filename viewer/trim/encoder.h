// encoder.h - events of a trace as blocks, ring by ring.
//
// They are written in the plain form: no prediction but the value before. A
// recorder's blocks are shorter; these are as good to every reader.
#ifndef RPSCOPE_TRIM_ENCODER_H
#define RPSCOPE_TRIM_ENCODER_H

#include "viewer/trace/decode.h"
#include "viewer/trim/writer.h"

struct ring_encoder {
    uint32_t ring;
    uint64_t written; // events in blocks that are written
    uint64_t first_time, last_time;
    uint64_t plain[TRACE_COLUMNS]; // the last value of each
    struct column columns[TRACE_COLUMNS];
    uint32_t events; // of the block in the making
};

// Zeroed before first use but for `out`.
struct encoder {
    FILE *out;
    struct ring_encoder *rings;
    size_t ring_count, ring_capacity;
    uint32_t *place; // by number of a ring: its place in `rings` + 1
    size_t place_count;
    uint64_t events; // of all rings
    size_t pending;  // of these, in no block yet
};

// Adds an event, whose ring it names. Times of a ring do not run backwards.
void encoder_add(struct encoder *encoder, const struct trace_event *event);
// Writes what is not written yet, and frees all but `events`.
void encoder_end(struct encoder *encoder);

#endif
