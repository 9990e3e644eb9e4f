// test_encode.c - tests instrument/write/encode.c, by a decoder that is written
// from TRACE-FORMAT.md and shares nothing with the predictor of trace_format.h.
#include "instrument/write/encode.h"

#include "tests/core/random.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

struct event {
    unsigned type;
    uint64_t time;
    uint64_t values[TRACE_MAX_FIELDS];
};

static struct rp_encoder encoder;

// ---- the decoder ----

#define G 0x9e3779b97f4a7c15u

static struct {
    const uint8_t *at[TRACE_COLUMNS], *end[TRACE_COLUMNS];
    uint64_t plain[TRACE_COLUMNS], time, pace[8];
    unsigned sixteenths;
    uint64_t stack, context, told, last[2];
    unsigned last_life, lives, ended, row_length, after, before;
    uint32_t ask_stack[1 << 11], ask_size[1 << 11], size[1 << 10];
    uint32_t span[1 << 8], told_span[1 << 9], told_block[1 << 9];
    uint16_t next[1 << 9], freed[1 << 9], fresh[1 << 9], below[1 << 14];
    uint32_t d, e, usual[1 << 10];
    uint64_t life[RP_BLOCK_EVENTS + 1][2];
    unsigned row[RP_BLOCK_EVENTS + 1];
    unsigned ways[8]; // how often each was met
} in;

static unsigned slot(uint64_t x, unsigned bits) {
    return (unsigned)((x * G) >> (64 - bits));
}

static uint64_t take_varint(enum trace_column column) {
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        cr_assert(in.at[column] < in.end[column]);
        byte = *in.at[column]++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte >= 0x80);
    return value;
}

static uint64_t take(enum trace_column column, uint64_t expected) {
    uint64_t code = take_varint(column);

    return expected + ((code >> 1) ^ (0 - (code & 1)));
}

static void take_plain(unsigned type, unsigned first, uint64_t *values) {
    const struct trace_event_info *info = trace_event_info(type);

    for (unsigned i = first; i < TRACE_MAX_FIELDS && info->columns[i]; i++) {
        enum trace_column column = (enum trace_column)info->columns[i];
        values[i] = in.plain[column] = take(column, in.plain[column]);
    }
}

static void take_ask(unsigned code, unsigned bits, uint64_t *values) {
    unsigned at = slot(in.context + code, 11);
    uint64_t stack = in.ask_stack[at], size = in.ask_size[at];

    if (!(bits & 4)) {
        stack = take(TRACE_COLUMN_STACK, in.stack);
        size = in.size[slot(stack, 10)];
    }
    if (!(bits & 2))
        size = take(TRACE_COLUMN_SIZE, size);
    if ((bits & 6) != 6) {
        in.ask_stack[at] = (uint32_t)stack;
        in.ask_size[at] = in.size[slot(stack, 10)] = (uint32_t)size;
    }
    in.context = (stack * G + in.stack) * G;
    in.stack = stack;
    values[0] = stack;
    values[1] = size;
}

static void take_place(unsigned bits, uint64_t *values) {
    uint32_t *from = &in.span[slot((values[1] + 15) / 16, 8)];
    uint64_t span = bits & 1 ? *from : take(TRACE_COLUMN_ALLOC_SPAN, *from);
    unsigned at = slot(span, 9);
    unsigned mark = in.next[at] > 1    ? in.next[at]
                    : in.freed[at] > 1 ? in.freed[at]
                                       : in.fresh[at];
    uint64_t block = mark > 1 ? mark - 2 : 0;

    if (!(bits & 1))
        block = take(TRACE_COLUMN_ALLOC_BLOCK, block);
    *from = (uint32_t)span;
    uint16_t *below = &in.below[slot((span << 32) + block, 14)];
    if (in.freed[at] == (uint16_t)(block + 2))
        in.freed[at] = 1;
    in.fresh[at] = (uint16_t)(block + 3);
    in.next[at] = *below == 0 ? in.fresh[at] : *below;
    *below = 0;
    in.last_life = ++in.lives;
    in.life[in.lives][0] = in.last[0] = values[2] = span;
    in.life[in.lives][1] = in.last[1] = values[3] = block;
    in.row[in.row_length++] = in.lives;
}

static void end_life(unsigned life) {
    unsigned at = 0;

    while (in.row[at] != life)
        cr_assert(lt(u32, ++at, in.row_length));
    in.before = at > 0 ? in.row[at - 1] : 0;
    in.after = at + 1 < in.row_length ? in.row[at + 1] : 0;
    memmove(&in.row[at], &in.row[at + 1],
            (--in.row_length - at) * sizeof in.row[0]);
    uint32_t distance = life - in.ended;
    in.usual[slot((uint64_t)in.d << 32 | in.e, 10)] = distance;
    in.e = in.d;
    in.d = distance;
    in.ended = life;
}

static void take_name(unsigned way, bool frees, uint64_t *values) {
    unsigned life = 0;
    const uint64_t *place = in.last;
    uint64_t told[2];

    in.ways[way]++;
    if (way == 0) {
        uint32_t *span = &in.told_span[slot(in.told, 9)];
        in.told = told[0] = take(TRACE_COLUMN_FREE_SPAN, *span);
        *span = (uint32_t)told[0];
        uint32_t *block = &in.told_block[slot(in.told, 9)];
        told[1] = take(TRACE_COLUMN_FREE_BLOCK, *block);
        *block = (uint32_t)told[1];
        place = told;
    } else if (way == 1) {
        life = in.last_life;
    } else {
        cr_assert(le(u32, way, 6));
        if (way == 2 || (way == 4 && in.ended == 0))
            life = in.row[in.row_length - 1];
        else if (way == 3)
            life = in.ended == 0 ? in.row[0] : in.after;
        else if (way == 4)
            life = in.before;
        else if (way == 5)
            life = in.ended + in.usual[slot((uint64_t)in.d << 32 | in.e, 10)];
        else
            life = in.ended + (uint32_t)take(TRACE_COLUMN_DISTANCE, 0);
        cr_assert(life > 0 && life <= in.lives);
        place = in.life[life];
    }
    values[0] = in.last[0] = place[0];
    values[1] = in.last[1] = place[1];
    in.last_life = frees ? 0 : life;
    if (!frees)
        return;
    uint16_t *freed = &in.freed[slot(values[0], 9)];
    in.below[slot((values[0] << 32) + values[1], 14)] = *freed;
    *freed = (uint16_t)(values[1] + 2);
    if (life != 0)
        end_life(life);
}

static struct event take_event(void) {
    unsigned type = *in.at[TRACE_COLUMN_TYPE]++, bits = type & 15;
    struct event event = {type, 0, {0}};

    if (type >= 0x80)
        event.type = (type >> 4 & 7) + 1;
    if (type >= 0x80 && bits & 8) {
        uint64_t sixteenths = in.sixteenths + in.pace[event.type - 1];
        in.time += sixteenths / 16;
        in.sixteenths = sixteenths % 16;
    } else {
        in.time += take_varint(TRACE_COLUMN_TIME);
        in.sixteenths = 0;
    }
    event.time = in.time;
    if (type < 0x80) {
        take_plain(type, 0, event.values);
    } else if (event.type <= 4) {
        take_ask(event.type, bits, event.values);
        take_place(bits, event.values);
        take_plain(event.type, 4, event.values);
    } else if (event.type == TRACE_EVENT_RESIZE) {
        take_ask(event.type, bits, event.values);
        take_name(bits & 1, false, &event.values[2]);
    } else {
        in.context = (in.context + event.type) * G;
        take_name(bits & 7, event.type != TRACE_EVENT_USABLE_SIZE,
                  event.values);
    }
    return event;
}

static void open_payload(const uint8_t *payload, size_t bytes,
                         uint64_t first_time) {
    const uint8_t *at = payload;

    memset(&in, 0, sizeof in);
    for (unsigned i = 0; i < TRACE_COLUMNS; i++) {
        uint32_t size;
        memcpy(&size, at, sizeof size);
        in.at[i] = at + sizeof size;
        in.end[i] = at = in.at[i] + size;
    }
    cr_assert(eq(sz, (size_t)(at - payload), bytes));
    in.time = first_time;
    in.last[0] = in.last[1] = UINT64_MAX;
    for (unsigned i = 0; i < 8; i++)
        in.pace[i] = take_varint(TRACE_COLUMN_PACE);
}

// Decodes the payload and compares it with what went in. Times may be early by
// as much, where an event is of a block.
static void expect(const uint8_t *payload, size_t bytes, uint64_t first_time,
                   const struct event *events, unsigned count, unsigned early) {
    open_payload(payload, bytes, first_time);
    for (unsigned i = 0; i < count; i++) {
        const struct trace_event_info *info = trace_event_info(events[i].type);
        struct event event = take_event();
        cr_assert(eq(u32, event.type, events[i].type));
        cr_assert(le(u64, event.time, events[i].time));
        cr_assert(ge(u64, event.time + (event.type <= 8 ? early : 0),
                     events[i].time));
        for (unsigned f = 0; f < TRACE_MAX_FIELDS && info->columns[f]; f++)
            cr_assert(eq(u64, event.values[f], events[i].values[f]),
                      "event %u, %s, field %u", i, info->text, f);
    }
    for (unsigned i = 0; i < TRACE_COLUMNS; i++)
        cr_assert(in.at[i] == in.end[i], "column %u", i);
    if (count > 0)
        cr_assert(eq(u64, in.time, rp_encoder_last_time(&encoder)));
}

// ---- tests ----

static void setup(void) {
    cr_assert(rp_encoder_start(&encoder));
}

TestSuite(encode, .init = setup);

enum { EXACT = 0, EARLY = RP_TIME_LIBERTY };

// What is encoded has times as they are, or at most EARLY steps early.
static size_t encode(const struct event *events, unsigned count,
                     unsigned early) {
    rp_encoder_begin(&encoder, early == EXACT ? UINT64_MAX : 0);
    for (unsigned i = 0; i < count; i++)
        rp_encoder_add(&encoder, events[i].type, events[i].time,
                       events[i].values);
    return rp_encoder_finish(&encoder);
}

Test(encode, of_an_empty_block_is_the_lengths_of_its_columns_and_the_pace) {
    size_t bytes = encode(NULL, 0, EXACT);

    cr_assert(
        eq(sz, bytes, TRACE_COLUMNS * sizeof(uint32_t) + TRACE_SHORT_CODES));
    expect(encoder.payload, bytes, 0, NULL, 0, EXACT);
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
    size_t bytes = encode(events, count, EXACT);

    cr_assert(eq(u64, encoder.first_time, 5));
    expect(encoder.payload, bytes, 5, events, count, EXACT);
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
    size_t bytes = encode(events, RP_BLOCK_EVENTS, EARLY);

    expect(encoder.payload, bytes, events[0].time, events, RP_BLOCK_EVENTS,
           EARLY);
}

// A small heap whose blocks are freed newest first, oldest first, at random and
// in a pattern, some of them unknown, with sizes asked between.
static struct event heap_event(uint64_t *random, uint64_t time) {
    enum { MOST = 64 };
    static uint32_t blocks[MOST], count, next_block, pattern;
    uint32_t at, choice = (uint32_t)random_below(random, 16);

    if (count < MOST / 2 || (count < MOST && choice < 8)) {
        uint32_t block = next_block++ % 2000;
        blocks[count++] = block;
        return (struct event){
            TRACE_EVENT_ALLOC + choice % 2,
            time,
            {choice % 5, 16 * (choice % 3), block % 7, block}};
    }
    if (choice == 8)
        return (struct event){TRACE_EVENT_FREE, time, {77, next_block}};
    if (choice == 9)
        return (struct event){
            TRACE_EVENT_RESIZE, time, {3, 100, blocks[0] % 7, blocks[0]}};
    at = choice < 11   ? count - 1
         : choice < 13 ? 0
         : choice < 14 ? (uint32_t)random_below(random, count)
                       : count / 2 + pattern++ % 2;
    uint32_t block = blocks[at];
    if (choice % 2 == 0)
        return (struct event){
            TRACE_EVENT_USABLE_SIZE, time, {block % 7, block}};
    memmove(&blocks[at], &blocks[at + 1], (--count - at) * sizeof blocks[0]);
    return (struct event){
        TRACE_EVENT_FREE + (choice == 15), time, {block % 7, block}};
}

Test(encode, names_blocks_in_every_way) {
    static struct event events[RP_BLOCK_EVENTS];
    uint64_t random = 3;

    for (unsigned i = 0; i < RP_BLOCK_EVENTS; i++)
        events[i] = heap_event(&random, 3 * i);
    size_t bytes = encode(events, RP_BLOCK_EVENTS, EARLY);

    expect(encoder.payload, bytes, 0, events, RP_BLOCK_EVENTS, EARLY);
    for (unsigned way = TRACE_WAY_TOLD; way <= TRACE_WAY_DISTANCE; way++)
        cr_assert(gt(u32, in.ways[way], 0), "way %u", way);
}

Test(encode, tells_no_time_before_the_earliest_that_is_allowed) {
    enum { EARLIEST = 500, COUNT = 300 };
    static struct event events[COUNT];

    for (unsigned i = 0; i < COUNT; i++)
        events[i] = (struct event){TRACE_EVENT_FREE, 5 * i, {1, i}};
    rp_encoder_begin(&encoder, EARLIEST);
    for (unsigned i = 0; i < COUNT; i++)
        rp_encoder_add(&encoder, events[i].type, events[i].time,
                       events[i].values);
    size_t bytes = rp_encoder_finish(&encoder);

    open_payload(encoder.payload, bytes, 0);
    for (unsigned i = 0; i < COUNT; i++) {
        uint64_t time = take_event().time;
        if (events[i].time <= EARLIEST)
            cr_assert(eq(u64, time, events[i].time));
        else
            cr_assert(ge(u64, time, EARLIEST));
    }
}

Test(encode, foretells_the_times_of_a_steady_pace) {
    static struct event events[RP_BLOCK_EVENTS];
    uint64_t random = 3;

    for (unsigned i = 0; i < RP_BLOCK_EVENTS; i++)
        events[i] = (struct event){
            TRACE_EVENT_FREE, 7 * i + random_below(&random, 4), {1, i}};
    encode(events, RP_BLOCK_EVENTS, EARLY); // learns the pace
    size_t bytes = encode(events, RP_BLOCK_EVENTS, EARLY);

    expect(encoder.payload, bytes, events[0].time, events, RP_BLOCK_EVENTS,
           EARLY);
    cr_assert(le(sz,
                 (size_t)(encoder.ends[TRACE_COLUMN_TIME] -
                          encoder.columns[TRACE_COLUMN_TIME]),
                 RP_BLOCK_EVENTS / 10));
}

Test(encode, starts_each_block_afresh) {
    const struct event events[] = {
        {TRACE_EVENT_ALLOC, 9, {3, 100, 64, 0}},
        {TRACE_EVENT_FREE, 9, {64, 0}},
    };

    encode(events, 2, EXACT);
    size_t bytes = encode(events, 2, EXACT);

    expect(encoder.payload, bytes, 9, events, 2, EXACT);
}

// The usual event is nothing but its type: it is what makes traces small.
Test(encode, writes_nothing_but_types_where_a_loop_repeats_itself) {
    enum { ROUNDS = 1000 };
    static struct event events[2 * ROUNDS];

    for (unsigned i = 0; i < ROUNDS; i++) {
        events[2 * i] =
            (struct event){TRACE_EVENT_ALLOC, 10 * i, {77, 48, 130, 5}};
        events[2 * i + 1] =
            (struct event){TRACE_EVENT_FREE, 10 * i + 5, {130, 5}};
    }
    encode(events, 2 * ROUNDS, EARLY);

    size_t others = 0;
    for (enum trace_column c = TRACE_COLUMN_STACK; c < TRACE_COLUMNS; c++)
        others += (size_t)(encoder.ends[c] - encoder.columns[c]);
    cr_assert(le(sz, others, 20));
}
