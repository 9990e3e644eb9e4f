// encode.c - see encode.h.
#include "instrument/write/encode.h"

#include "core/base/bits.h"
#include "core/os/check.h"
#include "instrument/os/system.h"

#include <string.h>

enum { LIBERTY = RP_TIME_LIBERTY * 16 }; // in sixteenths of steps
#define NEVER (UINT64_MAX / 32)          // foretells nothing to the first event

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

// ---- parts of an event ----

static __attribute__((noinline)) void put_long(struct rp_encoder *encoder,
                                               enum trace_column column,
                                               uint64_t value) {
    encoder->ends[column] = rp_put_varint(encoder->ends[column], value);
}

// A varint of one byte or two, without a branch for which: it is hard to guess.
static inline void put(struct rp_encoder *encoder, enum trace_column column,
                       uint64_t value) {
    uint8_t *at = encoder->ends[column];
    unsigned more = value >= 0x80;

    if (RP_UNLIKELY(value >= 0x4000)) {
        put_long(encoder, column, value);
        return;
    }
    at[0] = (uint8_t)(value | more << 7);
    at[1] = (uint8_t)(value >> 7);
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

// A time that was not foretold is put into the middle of what is allowed, and
// rounded, so that the next ones can be foretold and differences repeat.
static __attribute__((noinline)) void put_short_time(struct rp_encoder *encoder,
                                                     uint64_t time) {
    enum { ROUND = RP_TIME_LIBERTY / 2 };
    uint64_t last = encoder->predictor.time / 16, near = last;
    uint64_t least = time > RP_TIME_LIBERTY ? time - RP_TIME_LIBERTY : 0;

    if (least < encoder->earliest / 16)
        least = encoder->earliest / 16;
    if (least < time && encoder->events > 1) {
        uint64_t middle = least + (time - least) / 2;
        if (middle > last)
            near += (middle - last + ROUND / 2) / ROUND * ROUND;
        if (near >= least && near <= time)
            time = near;
    }
    put_time(encoder, time);
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
    if (time * 16 + 15 - expected <= LIBERTY && expected >= encoder->earliest) {
        p->time = expected;
        return TRACE_EXPECTED_TIME;
    }
    put_short_time(encoder, time);
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

static void tell_block(struct rp_encoder *encoder, uint64_t span,
                       uint64_t block) {
    struct trace_predictor *p = &encoder->predictor;

    put_difference(encoder, TRACE_COLUMN_FREE_SPAN, span,
                   trace_expected_told_span(p));
    put_difference(encoder, TRACE_COLUMN_FREE_BLOCK, block,
                   trace_expected_told_block(p, span));
    trace_learn_told(p, span, block);
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
        tell_block(encoder, span, block);
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

// ---- events ----

void rp_encoder_add_alloc(struct rp_encoder *encoder, unsigned code,
                          uint64_t time, uint64_t stack, uint64_t size,
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

void rp_encoder_add_free(struct rp_encoder *encoder, unsigned code,
                         uint64_t time, uint32_t span, uint32_t block) {
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

static void add_resize(struct rp_encoder *encoder, uint64_t time,
                       const uint64_t values[TRACE_MAX_FIELDS]) {
    struct trace_predictor *p = &encoder->predictor;
    unsigned bits = add_short_time(encoder, TRACE_EVENT_RESIZE, time);

    bits |= add_ask(encoder, TRACE_EVENT_RESIZE, values[0], values[1]);
    uint64_t place = trace_place_of(values[2], values[3]);
    if (p->place == place) {
        bits |= TRACE_EXPECTED_PLACE;
    } else {
        tell_block(encoder, values[2], values[3]);
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
