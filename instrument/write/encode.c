// encode.c - see encode.h.
#include "instrument/write/encode.h"

#include "core/os/check.h"
#include "instrument/os/system.h"
#include "instrument/write/encode_short.h"

#include <string.h>

#define NEVER (UINT64_MAX / 32) // foretells nothing to the first event

bool rp_encoder_start(struct rp_encoder *encoder) {
    // Most of it is never touched.
    uint8_t *memory =
        rp_system_map(2 * (size_t)TRACE_COLUMNS * RP_COLUMN_BYTES, RP_MAP_OWN);

    encoder->lives = rp_system_map(
        (RP_BLOCK_EVENTS + 1) * sizeof *encoder->lives, RP_MAP_OWN);
    if (memory == NULL)
        return false;
    for (unsigned i = 0; i < TRACE_COLUMNS; i++)
        encoder->columns[i] = memory + (size_t)i * RP_COLUMN_BYTES;
    encoder->payload = memory + (size_t)TRACE_COLUMNS * RP_COLUMN_BYTES;
    return encoder->lives != NULL;
}

void rp_encoder_free(struct rp_encoder *encoder) {
    if (encoder->columns[0] != NULL)
        rp_system_unmap(encoder->columns[0],
                        2 * (size_t)TRACE_COLUMNS * RP_COLUMN_BYTES);
    if (encoder->lives != NULL)
        rp_system_unmap(encoder->lives,
                        (RP_BLOCK_EVENTS + 1) * sizeof *encoder->lives);
}

void rp_encoder_begin(struct rp_encoder *encoder, uint64_t earliest) {
    uint64_t pace[TRACE_SHORT_CODES];

    for (unsigned i = 0; i < TRACE_SHORT_CODES; i++)
        pace[i] = encoder->pace[i] / (RP_PACE_UNIT / 16);
    trace_predictor_start(&encoder->predictor, encoder->lives, pace, NEVER);
    memcpy(encoder->ends, encoder->columns, sizeof encoder->ends);
    for (unsigned i = 0; i < TRACE_SHORT_CODES; i++)
        encoder->ends[TRACE_COLUMN_PACE] =
            rp_put_varint(encoder->ends[TRACE_COLUMN_PACE], pace[i]);
    encoder->events = 0;
    encoder->first_time = encoder->true_time = 0;
    encoder->earliest = earliest > UINT64_MAX / 16 ? UINT64_MAX : earliest * 16;
}

// ---- events ----

static void add_resize(struct rp_encoder *encoder, uint64_t time,
                       const uint64_t values[TRACE_MAX_FIELDS]) {
    struct trace_predictor *p = &encoder->predictor;
    unsigned bits = add_short_time(encoder, TRACE_EVENT_RESIZE, time);

    bits |= add_ask(encoder, TRACE_EVENT_RESIZE, values[0], values[1]);
    uint64_t place = trace_place_of(values[2], values[3]);
    if (p->place == place) {
        bits |= TRACE_EXPECTED_PLACE;
    } else {
        rp_encoder_tell_block(encoder, values[2], values[3]);
        p->place = place;
        p->life = 0;
    }
    put_type(encoder, trace_short_type(TRACE_EVENT_RESIZE, bits));
}

static void put_fields(struct rp_encoder *encoder, unsigned code,
                       const uint64_t values[TRACE_MAX_FIELDS],
                       unsigned first) {
    const struct trace_event_info *info = trace_event_info(code);

    for (unsigned i = first; i < TRACE_MAX_FIELDS && info->columns[i] != 0;
         i++) {
        enum trace_column column = (enum trace_column)info->columns[i];
        put_difference(encoder, column, values[i],
                       trace_predict(&encoder->predictor, column));
        trace_learn(&encoder->predictor, column, values[i]);
    }
}

static bool fits(uint64_t value) {
    return value <= UINT32_MAX;
}

void rp_encoder_add(struct rp_encoder *encoder, unsigned code, uint64_t time,
                    const uint64_t values[TRACE_MAX_FIELDS]) {
    switch (code) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
        if (!fits(values[2]) || !fits(values[3]))
            break;
        rp_encoder_add_alloc(encoder, code, time, values[0], values[1],
                             (uint32_t)values[2], (uint32_t)values[3]);
        put_fields(encoder, code, values, 4);
        return;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
    case TRACE_EVENT_USABLE_SIZE:
        if (!fits(values[0]) || !fits(values[1]))
            break;
        rp_encoder_add_free(encoder, code, time, (uint32_t)values[0],
                            (uint32_t)values[1]);
        return;
    case TRACE_EVENT_RESIZE:
        if (!fits(values[2]) || !fits(values[3]))
            break;
        add_resize(encoder, time, values);
        return;
    default:
        break;
    }
    CHECK(encoder->events < RP_BLOCK_EVENTS);
    CHECK(time >= encoder->true_time);
    encoder->events++;
    encoder->true_time = time;
    put_type(encoder, code);
    put_time(encoder, time);
    put_fields(encoder, code, values, 0);
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
