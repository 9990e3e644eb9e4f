// pins_over_time.c - what the blocks of each stack have pinned, over time.
#include "viewer/metric/pins_over_time.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/metric/stacks.h"

// More than any recording has.
static const double most_byte_steps = 1e40;

static void pins_start(void *metric, const struct metric_context *context) {
    struct pins_over_time *pins = metric;
    pins->pool = context->pool;
    pins->chunks =
        pool_zeroed(pins->pool, SEGMENT_CHUNKS, sizeof *pins->chunks);
    pins->spans = &context->heap->spans;
}

static void free_spans(struct pins_over_time *pins) {
    for (size_t i = 0; pins->chunks && i < SEGMENT_CHUNKS; i++) {
        for (size_t j = 0; pins->chunks[i] && j < SEGMENT_CHUNK; j++)
            pool_give(pins->pool, pins->chunks[i][j]);
        pool_give(pins->pool, pins->chunks[i]);
        pins->chunks[i] = NULL;
    }
}

static void pins_free(void *metric) {
    struct pins_over_time *pins = metric;
    free_spans(pins);
    pool_give(pins->pool, pins->chunks);
    pool_give(pins->pool, pins->stacks);
}

// What is found stays where it is.
static inline struct pinned *find(const struct pins_over_time *pins,
                                  uint32_t span) {
    uint32_t segment = spans_segment_of(pins->spans, span);
    struct pinned **chunk = pins->chunks[segment / SEGMENT_CHUNK];
    struct pinned *spans = chunk ? chunk[segment % SEGMENT_CHUNK] : NULL;
    return spans ? &spans[span - segment * pins->spans->per_segment] : NULL;
}

__attribute__((cold, noinline)) static struct pinned *add(
    struct pins_over_time *pins, uint32_t span) {
    uint32_t segment = spans_segment_of(pins->spans, span);
    struct pinned ***chunk = &pins->chunks[segment / SEGMENT_CHUNK];
    if (!*chunk)
        *chunk = pool_zeroed(pins->pool, SEGMENT_CHUNK, sizeof **chunk);
    struct pinned **spans = &(*chunk)[segment % SEGMENT_CHUNK];
    if (!*spans)
        *spans =
            pool_zeroed(pins->pool, pins->spans->per_segment, sizeof **spans);
    return find(pins, span);
}

static inline struct pinned *pinned_of(struct pins_over_time *pins,
                                       uint32_t span) {
    struct pinned *pinned = find(pins, span);
    return pinned ? pinned : add(pins, span);
}

// Works the sum out up to the time. `spare`: bytes of the span that were not
// given back; `taken`: by its live blocks.
static inline void touch(struct pinned *pinned, uint64_t spare, uint64_t taken,
                         uint32_t live, uint64_t time) {
    if (live > 0 && spare > taken)
        pinned->sum +=
            (double)(spare - taken) / live * (double)(time - pinned->time);
    pinned->time = time;
}

static void touch_span(struct pinned *pinned, const struct span *span,
                       uint64_t time) {
    touch(pinned, span->bytes - span->decommitted,
          (uint64_t)span->live * span->block_bytes, span->live, time);
}

static void add_stacks(struct pins_over_time *pins, size_t count) {
    size_t capacity = count * 2;
    pins->stacks =
        pool_resize(pins->pool, pins->stacks, capacity, sizeof *pins->stacks);
    memset(pins->stacks + pins->stack_count, 0,
           (capacity - pins->stack_count) * sizeof *pins->stacks);
    pins->stack_count = capacity;
}

// The sum of the span, for each of its live blocks.
static void add_live(const struct pinned *pinned, const struct span *span,
                     const struct stacks *stacks, double *result) {
    for (uint32_t i = 0; span->saved && i < span->share_count; i++)
        result[stacks_find(stacks, span->shares[i].stack)] +=
            pinned->sum * span->shares[i].blocks;
    for (uint32_t i = 0; !span->saved && i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE)
            result[stacks_find(stacks, span->slots[i].stack)] += pinned->sum;
}

struct at {
    const struct pins_over_time *pins;
    const struct metric_context *context;
    uint64_t time;
    double *result;
};

static void end_span(struct span *span, void *context) {
    const struct at *at = context;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0)
        return;
    struct pinned *pinned = find(at->pins, span->number);
    if (!pinned)
        return;
    touch_span(pinned, span, at->time);
    add_live(pinned, span, at->context->stacks, at->result);
}

static void begin_span(struct pins_over_time *pins,
                       const struct heap_change *change) {
    if (change->to.place != SPAN_IN_HEAP || change->from.place == SPAN_IN_HEAP)
        return;
    struct pinned *pinned = pinned_of(pins, change->span);
    pinned->sum = 0;
    pinned->time = change->time;
}

enum { AHEAD = 16 }; // changes whose sums are found together

static inline bool is_of_block(const struct heap_change *change) {
    return (change->kind == CHANGE_BORN || change->kind == CHANGE_DIED) &&
           change->block_bytes > 0;
}

// Finds the sums for some changes, and asks for them.
static inline void look_ahead(const struct pins_over_time *pins,
                              const struct heap_change *changes, size_t count,
                              struct pinned **found) {
    for (size_t i = 0; i < count; i++) {
        found[i] =
            is_of_block(&changes[i]) ? find(pins, changes[i].span) : NULL;
        __builtin_prefetch(found[i], 1);
    }
}

// A change in a span of blocks of one size.
static inline void feed_of_span(struct pins_over_time *pins,
                                const struct stacks *stacks,
                                const struct heap_change *change,
                                struct pinned *pinned) {
    touch(pinned, change->spare, (uint64_t)change->live * change->block_bytes,
          change->live, change->time);
    if (change->kind == CHANGE_BORN)
        pins->stacks[stacks_find(stacks, change->stack)] -= pinned->sum;
    else if (change->kind == CHANGE_DIED)
        pins->stacks[stacks_find(stacks, change->stack)] += pinned->sum;
}

static void feed_other(struct pins_over_time *pins,
                       const struct metric_context *context,
                       const struct heap_change *change) {
    switch (change->kind) {
    case CHANGE_BORN: // in a span that is new here
    case CHANGE_DIED:
    case CHANGE_COLLECTED:
    case CHANGE_PAGES:
        if (change->block_bytes > 0)
            feed_of_span(pins, context->stacks, change,
                         pinned_of(pins, change->span));
        return;
    case CHANGE_SPAN:
        begin_span(pins, change);
        return;
    case CHANGE_STATE_BEGINS:
        spans_each(&context->heap->before->spans, end_span,
                   &(struct at){pins, context, change->time, pins->stacks});
        return;
    default:
        return;
    }
}

static void pins_feed(void *metric, const struct metric_context *context,
                      const struct heap_change *changes, size_t count) {
    struct pins_over_time *pins = metric;
    const struct stacks *stacks = context->stacks;
    struct pinned *found[AHEAD];
    if (stacks->count > pins->stack_count)
        add_stacks(pins, stacks->count);
    for (size_t i = 0; i < count;) {
        size_t end = count - i < AHEAD ? count : i + AHEAD;
        look_ahead(pins, &changes[i], end - i, found);
        for (struct pinned **pinned = found; i < end; i++, pinned++)
            if (*pinned)
                feed_of_span(pins, stacks, &changes[i], *pinned);
            else
                feed_other(pins, context, &changes[i]);
    }
}

void pins_over_time_read(const struct pins_over_time *pins,
                         const struct metric_context *context, double *result) {
    struct at now = {pins, context, context->heap->time, result};
    for (size_t i = 0; i < context->stacks->count; i++)
        result[i] = i < pins->stack_count ? pins->stacks[i] : 0;
    spans_each(&context->heap->spans, end_span, &now);
    // What was given and taken may differ by the last bits.
    for (size_t i = 0; i < context->stacks->count; i++)
        result[i] = result[i] > 0 ? result[i] : 0;
}

// What is saved is the result so far: restored, every live block begins anew.
static void pins_save(const void *metric, const struct metric_context *context,
                      struct pack *pack) {
    size_t count = context->stacks->count;
    double *result = pool_get(context->pool, count * sizeof *result);
    pins_over_time_read(metric, context, result);
    pack_put_array(pack, result, count, sizeof *result);
    pool_give(context->pool, result);
}

static void begin_anew(struct span *span, void *context) {
    const struct at *at = context;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0)
        return;
    struct pins_over_time *pins = (struct pins_over_time *)at->pins;
    struct pinned *pinned = pinned_of(pins, span->number);
    pinned->sum = 0;
    pinned->time = at->time;
}

static bool pins_restore(void *metric, const struct metric_context *context,
                         struct pack *pack) {
    struct pins_over_time *pins = metric;
    struct at now = {pins, context, context->heap->time, NULL};
    spans_each(&context->heap->spans, begin_anew, &now);
    bool whole = pack_take_array(pack, pins->pool, (void **)&pins->stacks,
                                 &pins->stack_count, sizeof *pins->stacks) &&
                 pins->stack_count == context->stacks->count;
    for (size_t i = 0; whole && i < pins->stack_count; i++)
        whole = pins->stacks[i] > -most_byte_steps &&
                pins->stacks[i] < most_byte_steps;
    return whole;
}

const struct metric pins_over_time_metric = {
    .key = "pins over time",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_COLLECTED) | CHANGE_SET(CHANGE_PAGES) |
             CHANGE_SET(CHANGE_SPAN) | CHANGE_SET(CHANGE_STATE_BEGINS),
    .start = pins_start,
    .feed = pins_feed,
    .free = pins_free,
    .save = pins_save,
    .restore = pins_restore,
};
