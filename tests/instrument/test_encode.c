// test_encode.c - tests instrument/encode.c, by a decoder that is written from
// TRACE-FORMAT.md and shares nothing with the predictor of trace_format.h.
#include "instrument/encode.h"

#include "tests/core/random.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

struct event {
    unsigned type;
    uint64_t time;
    uint64_t values[TRACE_MAX_FIELDS];
};

// ---- the decoder ----

struct decoder {
    const uint8_t *at[TRACE_COLUMNS];
    const uint8_t *end[TRACE_COLUMNS];
    uint64_t last[TRACE_COLUMNS], span;
    uint64_t follows[1024], asks[1024], from[1024], next[1024];
};

static struct decoder decoder;

static uint64_t take_varint(enum trace_column column) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        cr_assert(decoder.at[column] < decoder.end[column]);
        byte = *decoder.at[column]++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte >= 0x80);
    return value;
}

static unsigned slot(uint64_t x) {
    return (unsigned)((x * 0x9e3779b97f4a7c15u) >> 54);
}

static uint64_t take(enum trace_column column) {
    uint64_t *entry = &decoder.last[column], code = take_varint(column);
    uint64_t stack = decoder.last[TRACE_COLUMN_STACK];

    if (column == TRACE_COLUMN_STACK)
        entry = &decoder.follows[slot(stack)];
    if (column == TRACE_COLUMN_SIZE)
        entry = &decoder.asks[slot(stack)];
    if (column == TRACE_COLUMN_ALLOC_SPAN)
        entry = &decoder.from[slot(decoder.last[TRACE_COLUMN_SIZE])];
    if (column == TRACE_COLUMN_ALLOC_BLOCK || column == TRACE_COLUMN_FREE_BLOCK)
        entry = &decoder.next[slot(decoder.span)];
    if (column == TRACE_COLUMN_FREE_SPAN)
        entry = &decoder.span;
    uint64_t value = *entry + ((code >> 1) ^ (0 - (code & 1)));

    *entry = value + (column == TRACE_COLUMN_ALLOC_BLOCK);
    if (column == TRACE_COLUMN_ALLOC_SPAN)
        decoder.span = value;
    decoder.last[column] = value;
    return value;
}

// Decodes the payload and compares it with what went in.
static void expect(const uint8_t *payload, size_t bytes, uint64_t first_time,
                   const struct event *events, unsigned count) {
    const uint8_t *at = payload;
    uint64_t time = first_time;

    memset(&decoder, 0, sizeof decoder);
    for (unsigned i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t size;
        memcpy(&size, at, sizeof size);
        decoder.at[i] = at + sizeof size;
        decoder.end[i] = at = decoder.at[i] + size;
    }
    cr_assert(eq(sz, (size_t)(at - payload), bytes));
    for (unsigned i = 0; i < count; i++) {
        const struct trace_event_info *info = trace_event_info(events[i].type);
        cr_assert(eq(u32, *decoder.at[TRACE_COLUMN_TYPE]++, events[i].type));
        time += take_varint(TRACE_COLUMN_TIME);
        cr_assert(eq(u64, time, events[i].time));
        for (unsigned f = 0; f < TRACE_MAX_FIELDS && info->columns[f]; f++)
            cr_assert(eq(u64, take((enum trace_column)info->columns[f]),
                         events[i].values[f]),
                      "event %u, %s, field %u", i, info->text, f);
    }
    for (unsigned i = 0; i < TRACE_COLUMNS; i++)
        cr_assert(decoder.at[i] == decoder.end[i], "column %u", i);
}

// ---- tests ----

static struct rp_encoder encoder;

static void setup(void) {
    cr_assert(rp_encoder_start(&encoder));
}

TestSuite(encode, .init = setup);

static size_t encode(const struct event *events, unsigned count) {
    rp_encoder_begin(&encoder);
    for (unsigned i = 0; i < count; i++)
        rp_encoder_add(&encoder, events[i].type, events[i].time,
                       events[i].values);
    return rp_encoder_finish(&encoder);
}

Test(encode, of_an_empty_block_is_the_lengths_of_its_columns) {
    size_t bytes = encode(NULL, 0);

    cr_assert(eq(sz, bytes, TRACE_COLUMNS * sizeof(uint32_t)));
    expect(encoder.payload, bytes, 0, NULL, 0);
}

Test(encode, comes_back_for_every_type_and_extreme_values) {
    static const uint64_t extremes[] = {
        0, 1, UINT64_MAX, INT64_MAX, UINT64_C(1) << 63, 127, 128, UINT32_MAX};
    static struct event events[TRACE_EVENT_TYPES * 8];
    unsigned count = 0;

    for (unsigned round = 0; round < 8; round++) {
        for (unsigned type = 0; type < TRACE_EVENT_TYPES; type++) {
            if (trace_event_info(type)->text == NULL)
                continue;
            events[count] = (struct event){type, 5 + count * 1000, {0}};
            for (unsigned f = 0; f < TRACE_MAX_FIELDS; f++)
                events[count].values[f] = extremes[(round + f) % 8];
            count++;
        }
    }
    size_t bytes = encode(events, count);

    cr_assert(eq(u64, encoder.first_time, 5));
    cr_assert(eq(u64, encoder.last_time, events[count - 1].time));
    expect(encoder.payload, bytes, 5, events, count);
}

Test(encode, comes_back_for_a_full_block_of_anything) {
    static struct event events[RP_BLOCK_EVENTS];
    uint64_t random = 7;
    uint64_t time = 0;

    for (unsigned i = 0; i < RP_BLOCK_EVENTS; i++) {
        unsigned type;
        do
            type = (unsigned)random_below(&random, TRACE_EVENT_TYPES);
        while (trace_event_info(type)->text == NULL);
        time += random_below(&random, 300);
        events[i] = (struct event){type, time, {0}};
        for (unsigned f = 0; f < TRACE_MAX_FIELDS; f++)
            events[i].values[f] = random_below(&random, 1u << (i % 31));
    }
    size_t bytes = encode(events, RP_BLOCK_EVENTS);

    expect(encoder.payload, bytes, events[0].time, events, RP_BLOCK_EVENTS);
}

Test(encode, starts_each_block_afresh) {
    const struct event events[] = {
        {TRACE_EVENT_ALLOC, 9, {3, 100, 64, 0}},
        {TRACE_EVENT_FREE, 9, {64, 0}},
    };

    encode(events, 2);
    size_t bytes = encode(events, 2);

    expect(encoder.payload, bytes, 9, events, 2);
}

// The usual case is a zero byte: it is what makes traces small.
Test(encode, writes_zeros_where_a_loop_repeats_itself) {
    enum { ROUNDS = 1000 };
    static struct event events[2 * ROUNDS];

    for (unsigned i = 0; i < ROUNDS; i++) {
        events[2 * i] =
            (struct event){TRACE_EVENT_ALLOC, 10 * i, {77, 48, 130, 5}};
        events[2 * i + 1] =
            (struct event){TRACE_EVENT_FREE, 10 * i + 5, {130, 5}};
    }
    encode(events, 2 * ROUNDS);

    unsigned others = 0;
    for (enum trace_column c = TRACE_COLUMN_STACK; c < TRACE_COLUMNS; c++) {
        for (const uint8_t *at = encoder.columns[c]; at < encoder.ends[c]; at++)
            others += *at != 0;
    }
    // A free leaves the block as the next to be handed out, as it is here; so
    // only the first round costs anything, but for blocks counted upwards.
    cr_assert(le(u32, others, ROUNDS + 20));
}
