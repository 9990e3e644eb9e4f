// decode.c - from the columns of a block of events to single events.
#include "viewer/trace/decode.h"

// The loop over events is one function: calls would take a fifth of its time.
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

static bool take(struct trace_decoder *decoder, enum trace_column column,
                 uint64_t *value) {
    return bytes_varint(&decoder->columns[column], value);
}

// A value that is written as the difference from what was expected.
static inline bool take_difference(struct trace_decoder *decoder,
                                   enum trace_column column, uint64_t expected,
                                   uint64_t *value) {
    uint64_t code;
    if (!bytes_varint(&decoder->columns[column], &code))
        return false;
    *value = expected + trace_unzigzag(code);
    return true;
}

size_t trace_decode_lives(struct bytes payload,
                          const struct trace_block_header *header) {
    size_t most = bytes_left(&payload); // a byte an event, at the least
    return 1 + (header->event_count < most ? header->event_count : most);
}

bool trace_decode_start(struct trace_decoder *decoder, struct bytes payload,
                        const struct trace_block_header *header) {
    uint64_t pace[TRACE_SHORT_CODES];
    for (int i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t size;
        const uint8_t *start;
        if (!bytes_u32(&payload, &size) || !bytes_run(&payload, size, &start))
            return false;
        decoder->columns[i] = (struct bytes){start, start + size};
    }
    if (bytes_left(&payload) != 0 ||
        bytes_left(&decoder->columns[TRACE_COLUMN_TYPE]) !=
            header->event_count ||
        header->event_count > TRACE_MAX_BLOCK_EVENTS ||
        header->event_count >= decoder->life_capacity ||
        header->first_time > TRACE_MAX_TIME)
        return false;
    for (int i = 0; i < TRACE_SHORT_CODES; i++) {
        if (!take(decoder, TRACE_COLUMN_PACE, &pace[i]) ||
            pace[i] > TRACE_MAX_TIME)
            return false;
    }
    decoder->ring = header->ring;
    decoder->left = header->event_count;
    trace_predictor_start(&decoder->predictor, decoder->lives, pace,
                          header->first_time);
    return true;
}

static bool take_time(struct trace_decoder *decoder, uint64_t *time) {
    struct trace_predictor *p = &decoder->predictor;
    uint64_t step;
    if (!take(decoder, TRACE_COLUMN_TIME, &step) ||
        step > TRACE_MAX_TIME - p->time / 16)
        return false;
    *time = p->time / 16 + step;
    p->time = *time * 16;
    return true;
}

static inline bool take_short_time(struct trace_decoder *decoder, unsigned code,
                                   unsigned bits, uint64_t *time) {
    struct trace_predictor *p = &decoder->predictor;
    if (!(bits & TRACE_EXPECTED_TIME))
        return take_time(decoder, time);
    p->time = trace_expected_time(p, code);
    *time = p->time / 16;
    return *time <= TRACE_MAX_TIME;
}

// Stack and size.
ALWAYS_INLINE bool take_ask(struct trace_decoder *decoder, unsigned code,
                            unsigned bits, uint64_t *stack, uint64_t *size) {
    struct trace_predictor *p = &decoder->predictor;
    struct trace_ask *ask = trace_expected_ask(p, code);
    *stack = ask->stack;
    *size = ask->size;
    if (!(bits & TRACE_EXPECTED_STACK)) {
        if (!take_difference(decoder, TRACE_COLUMN_STACK, p->stack, stack))
            return false;
        *size = trace_expected_size(p, *stack);
    }
    if (!(bits & TRACE_EXPECTED_SIZE) &&
        !take_difference(decoder, TRACE_COLUMN_SIZE, *size, size))
        return false;
    if ((bits & 6) != 6)
        trace_learn_ask(p, ask, *stack, *size);
    trace_learn_stack(p, *stack);
    return true;
}

ALWAYS_INLINE bool take_alloc(struct trace_decoder *decoder, unsigned code,
                              unsigned bits, uint64_t *value) {
    struct trace_predictor *p = &decoder->predictor;
    if (!take_ask(decoder, code, bits, &value[0], &value[1]))
        return false;
    uint32_t *expected = trace_expected_span(p, value[1]);
    struct trace_lists *lists;
    value[2] = *expected;
    if (bits & TRACE_EXPECTED_PLACE) {
        lists = trace_lists_of(p, value[2]);
        value[3] = trace_expected_block(lists);
    } else {
        if (!take_difference(decoder, TRACE_COLUMN_ALLOC_SPAN, *expected,
                             &value[2]))
            return false;
        lists = trace_lists_of(p, value[2]);
        if (!take_difference(decoder, TRACE_COLUMN_ALLOC_BLOCK,
                             trace_expected_block(lists), &value[3]))
            return false;
        *expected = (uint32_t)value[2];
    }
    trace_learn_alloc(p, lists, value[2], value[3]);
    return true;
}

static bool take_told(struct trace_decoder *decoder, uint64_t *value) {
    struct trace_predictor *p = &decoder->predictor;
    if (!take_difference(decoder, TRACE_COLUMN_FREE_SPAN,
                         trace_expected_told_span(p), &value[0]) ||
        !take_difference(decoder, TRACE_COLUMN_FREE_BLOCK,
                         trace_expected_told_block(p, value[0]), &value[1]))
        return false;
    trace_learn_told(p, value[0], value[1]);
    return true;
}

// Which block, by the way that the short form tells.
ALWAYS_INLINE bool take_name(struct trace_decoder *decoder, unsigned way,
                             uint64_t *value, uint32_t *life) {
    const struct trace_predictor *p = &decoder->predictor;
    uint64_t distance, place;
    switch (way) {
    case TRACE_WAY_TOLD:
        *life = 0;
        return take_told(decoder, value);
    case TRACE_WAY_AGAIN:
        value[0] = p->place >> 32;
        value[1] = (uint32_t)p->place;
        *life = p->life;
        return true;
    case TRACE_WAY_NEWEST:
        *life = p->lives[0].older;
        break;
    case TRACE_WAY_NEXT:
        *life = p->lives[p->ended].newer;
        break;
    case TRACE_WAY_PREVIOUS:
        *life = p->lives[p->ended].older;
        break;
    case TRACE_WAY_USUAL:
        *life = trace_life_at(p, *trace_usual(&decoder->predictor));
        break;
    case TRACE_WAY_DISTANCE:
        if (!take(decoder, TRACE_COLUMN_DISTANCE, &distance))
            return false;
        *life = trace_life_at(p, (uint32_t)trace_unzigzag(distance));
        break;
    default:
        return false;
    }
    place = p->lives[*life].place;
    value[0] = place >> 32;
    value[1] = (uint32_t)place;
    return *life != 0;
}

ALWAYS_INLINE bool take_free(struct trace_decoder *decoder, unsigned code,
                             unsigned bits, uint64_t *value) {
    struct trace_predictor *p = &decoder->predictor;
    uint32_t life;
    if (!take_name(decoder, bits & 7, value, &life))
        return false;
    if (code == TRACE_EVENT_USABLE_SIZE) {
        p->place = trace_place_of(value[0], value[1]);
        p->life = life;
    } else {
        trace_learn_free(p, value[0], value[1], life);
    }
    trace_learn_code(p, code);
    return true;
}

static bool take_resize(struct trace_decoder *decoder, unsigned bits,
                        uint64_t *value) {
    struct trace_predictor *p = &decoder->predictor;
    if (!take_ask(decoder, TRACE_EVENT_RESIZE, bits, &value[0], &value[1]))
        return false;
    if (bits & TRACE_EXPECTED_PLACE) {
        value[2] = p->place >> 32;
        value[3] = (uint32_t)p->place;
        return true;
    }
    if (!take_told(decoder, &value[2]))
        return false;
    p->place = trace_place_of(value[2], value[3]);
    p->life = 0;
    return true;
}

// The fields of the schema from the `first` on, plain.
static bool take_fields(struct trace_decoder *decoder,
                        struct trace_event *event, int first) {
    struct trace_predictor *p = &decoder->predictor;
    const struct trace_event_info *info = trace_event_info(event->type);
    if (!info->text)
        return false;
    for (int i = first; i < TRACE_MAX_FIELDS && info->columns[i]; i++) {
        enum trace_column column = info->columns[i];
        if (!take_difference(decoder, column, trace_predict(p, column),
                             &event->value[i]))
            return false;
        trace_learn(p, column, event->value[i]);
    }
    return true;
}

ALWAYS_INLINE bool take_event(struct trace_decoder *decoder, unsigned type,
                              struct trace_event *event) {
    if (!(type & TRACE_SHORT)) {
        event->type = type;
        return take_time(decoder, &event->time) &&
               take_fields(decoder, event, 0);
    }
    unsigned bits = type & 15, code = (type >> 4 & 7) + 1;
    event->type = code;
    if (!take_short_time(decoder, code, bits, &event->time))
        return false;
    switch (code) {
    case TRACE_EVENT_ALIGNED:
        return take_alloc(decoder, code, bits, event->value) &&
               take_fields(decoder, event, 4);
    case TRACE_EVENT_RESIZE:
        return take_resize(decoder, bits, event->value);
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
    case TRACE_EVENT_USABLE_SIZE:
        return take_free(decoder, code, bits, event->value);
    default:
        return take_alloc(decoder, code, bits, event->value);
    }
}

size_t trace_decode_next(struct trace_decoder *decoder,
                         struct trace_event *events, size_t room, bool *bad) {
    // There is a type for each event that is left (trace_decode_start).
    const uint8_t *types = decoder->columns[TRACE_COLUMN_TYPE].at;
    const uint32_t ring = decoder->ring;
    size_t count = 0, most = decoder->left < room ? decoder->left : room;
    for (; count < most; count++) {
        events[count].ring = ring;
        if (!take_event(decoder, types[count], &events[count]))
            break;
    }
    *bad = count < most;
    decoder->left -= (uint32_t)count;
    decoder->columns[TRACE_COLUMN_TYPE].at += count;
    return count;
}
