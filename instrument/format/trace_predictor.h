// trace_predictor.h - what a reader of a trace expects, so that it need not be
// said.
//
// A short event (trace_format.h) tells of a block only what differs from what
// the events before it, in the same block of the file, lead one to expect.
// Encoder and decoder run the same predictor over the same values. Nothing of
// it is in the file; a change of it is a change of the format.
#ifndef RP_INSTRUMENT_FORMAT_TRACE_PREDICTOR_H
#define RP_INSTRUMENT_FORMAT_TRACE_PREDICTOR_H

#include "instrument/format/trace_format.h"

#include <stdint.h>
#include <string.h>

// A life is what a short allocation begins; its number counts them from 1. A
// free that names a life ends it. The others are in a ring in the order of
// their beginning, closed by life 0, which is none. A distance is the number of
// a life less that of the last one that ended.
struct trace_life {
    uint64_t place; // trace_place_of
    uint32_t newer, older;
};

// What is known of the lists of a span's free blocks, as the allocator keeps
// them: blocks are freed onto one and taken from another, which is exchanged
// for the first when it is empty; when both are, fresh ones are carved.
// 0: not known, 1: none, n + 2: block n.
struct trace_lists {
    uint16_t next;  // to be taken
    uint16_t freed; // freed last
    uint16_t fresh; // behind the last allocation
};

// Which stack asked for how many bytes.
struct trace_ask {
    uint32_t stack, size;
};

enum { // bits of a slot
    TRACE_ASK_BITS = 11,
    TRACE_STACK_BITS = 10,
    TRACE_SIZE_BITS = 8,
    TRACE_SPAN_BITS = 9,
    TRACE_BLOCK_BITS = 14,
    TRACE_DISTANCE_BITS = 10,
};
#define TRACE_MIX UINT64_C(0x9e3779b97f4a7c15)

// Tables are direct-mapped, unchecked and of 32 bits at most: what does not fit
// is predicted wrong, no more.
struct trace_predictor {
    struct trace_life *lives;     // of the caller; lives[0] is the ring's end
    uint32_t life_count;          // without it
    uint64_t last[TRACE_COLUMNS]; // plain values
    uint64_t time;                // of the event before, in sixteenths of steps
    uint64_t pace[TRACE_SHORT_CODES]; // in sixteenths of steps

    uint64_t stack;       // of the last short event that has one
    uint64_t context;     // mixed of the last two, and the codes since
    uint64_t place;       // of the last short event's block
    uint32_t life;        // it is, 0: not known
    uint32_t ended;       // the life that ended last
    uint32_t distance[2]; // the last two
    uint64_t told_span;   // of the last block that was told

    struct trace_ask asks[1 << TRACE_ASK_BITS];     // by context and code
    uint32_t size_of[1 << TRACE_STACK_BITS];        // by stack
    uint32_t span_for[1 << TRACE_SIZE_BITS];        // by size
    struct trace_lists lists[1 << TRACE_SPAN_BITS]; // by span
    uint16_t below[1 << TRACE_BLOCK_BITS];     // by block: `freed` at its free
    uint32_t usual[1 << TRACE_DISTANCE_BITS];  // by the last two distances
    uint32_t told_after[1 << TRACE_SPAN_BITS]; // span told, by the one before
    uint32_t told_block[1 << TRACE_SPAN_BITS]; // by span
};

static inline uint64_t trace_place_of(uint64_t span, uint64_t block) {
    return span << 32 | (uint32_t)block;
}

// Starts afresh. lives: room for one more than allocations.
static inline void trace_predictor_start(struct trace_predictor *p,
                                         struct trace_life *lives,
                                         const uint64_t *pace,
                                         uint64_t first_time) {
    memset(p, 0, sizeof *p);
    memcpy(p->pace, pace, sizeof p->pace);
    p->time = first_time * 16;
    p->place = UINT64_MAX;
    p->lives = lives;
    memset(&lives[0], 0, sizeof lives[0]);
}

static inline unsigned trace_slot(uint64_t key, unsigned bits) {
    return (unsigned)(key * TRACE_MIX >> (64 - bits));
}

// Plain values.
static inline uint64_t trace_predict(const struct trace_predictor *p,
                                     enum trace_column column) {
    return p->last[column];
}
static inline void trace_learn(struct trace_predictor *p,
                               enum trace_column column, uint64_t value) {
    p->last[column] = value;
}

// The time of a short event, as expected, in sixteenths.
static inline uint64_t trace_expected_time(const struct trace_predictor *p,
                                           unsigned code) {
    return p->time + p->pace[code - 1];
}

// Stack and size: the expected pair, and the size of a stack that is another.
static inline struct trace_ask *trace_expected_ask(struct trace_predictor *p,
                                                   unsigned code) {
    return &p->asks[trace_slot(p->context + code, TRACE_ASK_BITS)];
}
static inline uint64_t trace_expected_size(const struct trace_predictor *p,
                                           uint64_t stack) {
    return p->size_of[trace_slot(stack, TRACE_STACK_BITS)];
}
// Where stack or size were not as expected.
static inline void trace_learn_ask(struct trace_predictor *p,
                                   struct trace_ask *ask, uint64_t stack,
                                   uint64_t size) {
    *ask = (struct trace_ask){(uint32_t)stack, (uint32_t)size};
    p->size_of[trace_slot(stack, TRACE_STACK_BITS)] = (uint32_t)size;
}
static inline void trace_learn_stack(struct trace_predictor *p,
                                     uint64_t stack) {
    p->context = (stack * TRACE_MIX + p->stack) * TRACE_MIX;
    p->stack = stack;
}
static inline void trace_learn_code(struct trace_predictor *p, unsigned code) {
    p->context = (p->context + code) * TRACE_MIX;
}

// Where an allocation is.
static inline uint32_t *trace_expected_span(struct trace_predictor *p,
                                            uint64_t size) {
    return &p->span_for[trace_slot((size + 15) / 16, TRACE_SIZE_BITS)];
}
static inline struct trace_lists *trace_lists_of(struct trace_predictor *p,
                                                 uint64_t span) {
    return &p->lists[trace_slot(span, TRACE_SPAN_BITS)];
}
static inline uint64_t trace_expected_block(const struct trace_lists *lists) {
    unsigned mark = lists->next > 1    ? lists->next
                    : lists->freed > 1 ? lists->freed
                                       : lists->fresh;

    return mark > 1 ? mark - 2 : 0;
}
static inline uint16_t *trace_below(struct trace_predictor *p, uint64_t place) {
    return &p->below[trace_slot(place, TRACE_BLOCK_BITS)];
}
static inline void trace_learn_alloc(struct trace_predictor *p,
                                     struct trace_lists *lists, uint64_t span,
                                     uint64_t block) {
    uint64_t place = trace_place_of(span, block);
    uint16_t *below = trace_below(p, place);

    if (lists->freed == (uint16_t)(block + 2))
        lists->freed = 1;
    lists->fresh = (uint16_t)(block + 3);
    lists->next = *below != 0 ? *below : lists->fresh;
    *below = 0;

    uint32_t life = ++p->life_count, older = p->lives[0].older;
    p->lives[life] = (struct trace_life){place, 0, older};
    p->lives[older].newer = life;
    p->lives[0].older = life;
    p->place = place;
    p->life = life;
}

// Which block is named. The life that a way leads to; 0: none.
static inline uint32_t *trace_usual(struct trace_predictor *p) {
    return &p->usual[trace_slot((uint64_t)p->distance[0] << 32 | p->distance[1],
                                TRACE_DISTANCE_BITS)];
}
static inline uint32_t trace_life_at(const struct trace_predictor *p,
                                     uint32_t distance) {
    uint32_t life = p->ended + distance;

    return life <= p->life_count ? life : 0;
}
static inline uint64_t trace_expected_told_span(
    const struct trace_predictor *p) {
    return p->told_after[trace_slot(p->told_span, TRACE_SPAN_BITS)];
}
static inline uint64_t trace_expected_told_block(
    const struct trace_predictor *p, uint64_t span) {
    return p->told_block[trace_slot(span, TRACE_SPAN_BITS)];
}
static inline void trace_learn_told(struct trace_predictor *p, uint64_t span,
                                    uint64_t block) {
    p->told_after[trace_slot(p->told_span, TRACE_SPAN_BITS)] = (uint32_t)span;
    p->told_block[trace_slot(span, TRACE_SPAN_BITS)] = (uint32_t)block;
    p->told_span = span;
}
static inline void trace_learn_free(struct trace_predictor *p, uint64_t span,
                                    uint64_t block, uint32_t life) {
    struct trace_lists *lists = trace_lists_of(p, span);
    uint64_t place = trace_place_of(span, block);

    *trace_below(p, place) = lists->freed;
    lists->freed = (uint16_t)(block + 2);
    if (life != 0) {
        const struct trace_life *end = &p->lives[life];
        uint32_t distance = life - p->ended;
        p->lives[end->older].newer = end->newer;
        p->lives[end->newer].older = end->older;
        *trace_usual(p) = distance;
        p->distance[1] = p->distance[0];
        p->distance[0] = distance;
        p->ended = life;
    }
    p->place = place;
    p->life = 0;
}

#endif
