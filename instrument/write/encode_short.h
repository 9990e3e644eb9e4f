// encode_short.h - the events that there are most of, to columns.
//
// As rp_encoder_add does it. A part of encode.c and of the loop over a ring
// (drain/pass.c), in which all of it has to be in one piece: a call for each
// event would cost a third of it.
#ifndef RP_INSTRUMENT_WRITE_ENCODE_SHORT_H
#define RP_INSTRUMENT_WRITE_ENCODE_SHORT_H

#include "core/base/bits.h"
#include "core/os/check.h"
#include "instrument/write/encoder.h"

// What is rare of them: a long varint, a time that was not
// foretold, a block that has to be told.
void rp_encoder_put_long(struct rp_encoder *encoder, enum trace_column column,
                         uint64_t value);
void rp_encoder_put_time(struct rp_encoder *encoder, uint64_t time);
void rp_encoder_tell_block(struct rp_encoder *encoder, uint64_t span,
                           uint64_t block);

// Two bytes of a column at once. Bytes could be anything, so that the compiler
// would read all else again behind each.
struct rp_two_bytes {
    uint16_t value;
} __attribute__((packed));

// A varint of one byte or two, without a branch for which: it is hard to guess.
static inline void put(struct rp_encoder *encoder, enum trace_column column,
                       uint64_t value) {
    uint8_t *at = encoder->ends[column];
    uint32_t low = (uint32_t)value, more = value >= 0x80;

    if (RP_UNLIKELY(value >= 0x4000)) {
        rp_encoder_put_long(encoder, column, value);
        return;
    }
    ((struct rp_two_bytes *)at)->value =
        (uint16_t)(low + (low & ~UINT32_C(0x7f)) + (more << 7));
    encoder->ends[column] = at + 1 + more;
}

static inline void put_difference(struct rp_encoder *encoder,
                                  enum trace_column column, uint64_t value,
                                  uint64_t expected) {
    put(encoder, column, trace_zigzag(value - expected));
}

static inline void put_type(struct rp_encoder *encoder, unsigned type) {
    *encoder->ends[TRACE_COLUMN_TYPE]++ = (uint8_t)type;
}

static inline void put_time(struct rp_encoder *encoder, uint64_t time) {
    struct trace_predictor *p = &encoder->predictor;

    if (RP_UNLIKELY(encoder->events == 1)) {
        encoder->first_time = time;
        p->time = time * 16;
    }
    put(encoder, TRACE_COLUMN_TIME, time - p->time / 16);
    p->time = time * 16;
}

// The pace follows what it was lately. Single events that come late, as some
// do, must not pull it far.
static inline void learn_pace(uint32_t *pace, uint64_t steps) {
    enum { MOST = RP_PACE_UNIT, SHARE = 16 };
    int64_t more = (int64_t)(steps < 256 ? steps : 256) * RP_PACE_UNIT - *pace;

    more = more > MOST ? MOST : more < -MOST ? -MOST : more;
    *pace = (uint32_t)(*pace + more / SHARE);
}

// Returns the bit for TYPE.
static inline unsigned add_short_time(struct rp_encoder *encoder, unsigned code,
                                      uint64_t time) {
    struct trace_predictor *p = &encoder->predictor;
    uint64_t expected = trace_expected_time(p, code);

    CHECK(encoder->events < RP_BLOCK_EVENTS);
    CHECK(time >= encoder->true_time);
    if (++encoder->events % 8 == 0)
        learn_pace(&encoder->pace[code - 1], time - encoder->true_time);
    encoder->true_time = time;
    if (time * 16 + 15 - expected <= RP_TIME_LIBERTY * 16 &&
        expected >= encoder->earliest) {
        p->time = expected;
        return TRACE_EXPECTED_TIME;
    }
    rp_encoder_put_time(encoder, time);
    return 0;
}

// Returns the bits for TYPE.
static inline unsigned add_ask(struct rp_encoder *encoder, unsigned code,
                               uint64_t stack, uint64_t size) {
    struct trace_predictor *p = &encoder->predictor;
    struct trace_ask *ask = trace_expected_ask(p, code);
    unsigned bits = TRACE_EXPECTED_STACK | TRACE_EXPECTED_SIZE;

    if (ask->stack != stack || ask->size != size) {
        uint64_t expected = ask->size;
        if (ask->stack != stack) {
            put_difference(encoder, TRACE_COLUMN_STACK, stack, p->stack);
            expected = trace_expected_size(p, stack);
            bits = TRACE_EXPECTED_SIZE;
        }
        if (expected != size) {
            put_difference(encoder, TRACE_COLUMN_SIZE, size, expected);
            bits -= TRACE_EXPECTED_SIZE;
        }
        trace_learn_ask(p, ask, stack, size);
    }
    trace_learn_stack(p, stack);
    return bits;
}

static inline uint16_t *life_of(struct rp_encoder *encoder, uint64_t place) {
    return &encoder->places[trace_slot(place, RP_PLACE_BITS)];
}

// Names a block; returns the way, and its life in *life.
static inline unsigned add_name(struct rp_encoder *encoder, uint64_t span,
                                uint64_t block, uint32_t *life) {
    struct trace_predictor *p = &encoder->predictor;
    uint64_t place = trace_place_of(span, block);

    if (p->place == place) {
        *life = p->life;
        return TRACE_WAY_AGAIN;
    }
    *life = *life_of(encoder, place);
    if (*life - 1 >= p->life_count || encoder->lives[*life].place != place) {
        *life = 0; // it began before, or is not known any more
        rp_encoder_tell_block(encoder, span, block);
        return TRACE_WAY_TOLD;
    }
    if (*life == p->lives[0].older)
        return TRACE_WAY_NEWEST;
    if (*life == p->lives[p->ended].newer)
        return TRACE_WAY_NEXT;
    if (*life == p->lives[p->ended].older)
        return TRACE_WAY_PREVIOUS;
    if (*life - p->ended == *trace_usual(p))
        return TRACE_WAY_USUAL;
    put(encoder, TRACE_COLUMN_DISTANCE,
        trace_zigzag((uint64_t)(int32_t)(*life - p->ended)));
    return TRACE_WAY_DISTANCE;
}

// ALLOC, CALLOC, ALIGNED without its last field, and REALLOC.
static inline void rp_encoder_add_alloc(struct rp_encoder *encoder,
                                        unsigned code, uint64_t time,
                                        uint64_t stack, uint64_t size,
                                        uint32_t span, uint32_t block) {
    struct trace_predictor *p = &encoder->predictor;
    unsigned bits = add_short_time(encoder, code, time);

    bits |= add_ask(encoder, code, stack, size);
    uint32_t *expected = trace_expected_span(p, size);
    struct trace_lists *lists = trace_lists_of(p, span);
    uint64_t expected_block = trace_expected_block(lists);
    if (*expected == span && expected_block == block) {
        bits |= TRACE_EXPECTED_PLACE;
    } else {
        put_difference(encoder, TRACE_COLUMN_ALLOC_SPAN, span, *expected);
        put_difference(encoder, TRACE_COLUMN_ALLOC_BLOCK, block,
                       expected_block);
        *expected = span;
    }
    trace_learn_alloc(p, lists, span, block);
    *life_of(encoder, p->place) = (uint16_t)p->life;
    put_type(encoder, trace_short_type(code, bits));
}

// FREE, FREE_DEFERRED and USABLE_SIZE.
static inline void rp_encoder_add_free(struct rp_encoder *encoder,
                                       unsigned code, uint64_t time,
                                       uint32_t span, uint32_t block) {
    struct trace_predictor *p = &encoder->predictor;
    unsigned bits = add_short_time(encoder, code, time);
    uint32_t life;

    bits |= add_name(encoder, span, block, &life);
    if (code == TRACE_EVENT_USABLE_SIZE) {
        p->place = trace_place_of(span, block);
        p->life = life;
    } else {
        trace_learn_free(p, span, block, life);
        if (life != 0)
            *life_of(encoder, p->place) = 0;
    }
    trace_learn_code(p, code);
    put_type(encoder, trace_short_type(code, bits));
}

#endif
