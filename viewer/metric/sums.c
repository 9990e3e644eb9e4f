// sums.c - all held bytes by where they are, in sum, over time, at their most.
#include "viewer/metric/sums.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/heap/recount.h"

// Steps since the epoch, so that a batch of changes of blocks fits into 64
// bits.
enum { NEAR_STEPS = 1 << 20, NEAR_CHANGES = 1 << 16 };

static void sums_start(void *metric, const struct metric_context *context) {
    struct sums *sums = metric;
    timeline_start(&sums->timeline, context->pool,
                   context->last - context->first);
}

static void sums_free(void *metric) {
    struct sums *sums = metric;
    timeline_free(&sums->timeline);
}

// What is near goes to the rest.
static void fold(struct sums *sums) {
    for (int i = 0; i < PARTS; i++) {
        sums->weighted.parts[i] +=
            sums->near[i] + (sums_wide)(sums->now.parts[i] - sums->base[i]) *
                                (sums_wide)sums->epoch;
        sums->near[i] = 0;
        sums->base[i] = sums->now.parts[i];
    }
    sums->epoch = sums->now.time;
}

// ---- what a change moves ----

static inline void move(struct sums *sums, enum part part, int64_t bytes,
                        int64_t steps) {
    sums->now.parts[part] += bytes;
    sums->near[part] += bytes * steps;
}

static void move_far(struct sums *sums, enum part part, int64_t bytes) {
    sums->now.parts[part] += bytes;
    sums->base[part] += bytes;
    sums->weighted.parts[part] += (sums_wide)bytes * (sums_wide)sums->now.time;
}

static void hold(struct sums *sums, enum part part, int64_t bytes) {
    move_far(sums, part, bytes);
    sums->now.held += bytes;
    sums->weighted.held += (sums_wide)bytes * (sums_wide)sums->now.time;
}

// The same, of an event by which memory comes or goes: what comes, comes for a
// block of that ring.
static void hold_by(struct sums *sums, const struct heap_change *change,
                    enum part part, int64_t bytes) {
    hold(sums, part, bytes);
    if (bytes <= 0 || sums->telling)
        return;
    if (change->ring != sums->under_way_of)
        sums->now.under_way = 0;
    sums->now.under_way += bytes;
    sums->under_way_of = change->ring;
}

// The ring tells a block: what came before, came for it.
static inline void call_ends(struct sums *sums,
                             const struct heap_change *change) {
    if (sums->now.under_way != 0 && change->ring == sums->under_way_of)
        sums->now.under_way = 0;
}

static void clear(struct sums *sums) {
    fold(sums);
    for (int i = 0; i < PARTS; i++)
        move_far(sums, (enum part)i, -sums->now.parts[i]);
    sums->weighted.held -=
        (sums_wide)sums->now.held * (sums_wide)sums->now.time;
    sums->now.held = 0;
    sums->now.under_way = 0;
    sums->now.live_blocks = 0;
    sums->segments = 0;
}

// A span without blocks gets its first (sign 1), or loses its last one (-1).
static void use_empty(struct sums *sums, const struct heap_change *change,
                      enum part rest, uint64_t taken, int sign) {
    int64_t spare = (int64_t)change->spare, overhead = change->overhead;
    move_far(sums, PART_EMPTY, -sign * spare);
    move_far(sums, PART_OVERHEAD, sign * overhead);
    move_far(sums, rest, sign * (spare - overhead - (int64_t)taken));
}

// Large and huge blocks, in full.
static void large_block(struct sums *sums, const struct heap_change *change,
                        int sign) {
    int64_t wanted = (int64_t)change->wanted;
    use_empty(sums, change, PART_SLACK, change->taken, sign);
    move_far(sums, PART_USED, sign * wanted);
    move_far(sums, PART_ROUNDING, sign * ((int64_t)change->taken - wanted));
}

static inline void born(struct sums *sums, const struct heap_change *change,
                        int64_t steps) {
    call_ends(sums, change);
    sums->now.live_blocks++;
    sums->timeline.step.allocations += change->flags & CHANGE_COUNTS;
    sums->reallocations += (change->flags & CHANGE_MOVED) != 0;
    if (change->block_bytes == 0) {
        large_block(sums, change, 1);
        return;
    }
    int64_t wanted = (int64_t)change->wanted, taken = change->block_bytes;
    if (change->flags & CHANGE_ONLY)
        use_empty(sums, change, PART_SPAN_FREE, change->taken, 1);
    else
        move(sums, PART_SPAN_FREE, -taken, steps);
    move(sums, PART_USED, wanted, steps);
    move(sums, PART_ROUNDING, taken - wanted, steps);
}

// What was given back of the span was missed where blocks were free; now it is
// where they are deferred.
static void all_deferred(struct sums *sums, const struct heap_change *change) {
    int64_t blocks = ((int64_t)change->deferred + 1) * change->block_bytes;
    int64_t left = blocks + change->overhead - (int64_t)change->spare;
    move_far(sums, PART_SPAN_FREE, left);
    move_far(sums, PART_DEFERRED, -left);
}

static inline void died(struct sums *sums, const struct heap_change *change,
                        int64_t steps) {
    call_ends(sums, change);
    sums->now.live_blocks--;
    if (change->block_bytes == 0) {
        large_block(sums, change, -1);
        return;
    }
    int64_t wanted = (int64_t)change->wanted, taken = change->block_bytes;
    move(sums, PART_USED, -wanted, steps);
    move(sums, PART_ROUNDING, wanted - taken, steps);
    if (change->flags & CHANGE_DEFERRED)
        move(sums, PART_DEFERRED, taken, steps);
    else if (change->flags & CHANGE_ONLY)
        use_empty(sums, change, PART_SPAN_FREE, change->taken, -1);
    else
        move(sums, PART_SPAN_FREE, taken, steps);
    if (change->flags & CHANGE_ALL_DEFERRED)
        all_deferred(sums, change);
}

static void collected(struct sums *sums, const struct heap_change *change) {
    uint64_t bytes = (uint64_t)change->count * change->block_bytes;
    move_far(sums, PART_DEFERRED, (int64_t)change->left - (int64_t)bytes);
    move_far(sums, PART_SPAN_FREE, -(int64_t)change->left);
    if (change->flags & CHANGE_ONLY)
        use_empty(sums, change, PART_SPAN_FREE, bytes, -1);
    else
        move_far(sums, PART_SPAN_FREE, (int64_t)bytes);
}

static enum part part_of_place(uint8_t place) {
    return place == SPAN_IN_SEGMENT  ? PART_SEGMENT
           : place == SPAN_IN_GLOBAL ? PART_GLOBAL_CACHE
           : place == SPAN_IN_THREAD ? PART_THREAD_CACHE
                                     : PART_EMPTY;
}

// A span that goes from one place to another holds no block.
static void span_moved(struct sums *sums, const struct heap_change *change) {
    enum part from = part_of_place(change->from.place);
    enum part to = part_of_place(change->to.place);
    if (from == to)
        return;
    move_far(sums, from, -(int64_t)change->spare);
    move_far(sums, to, (int64_t)change->spare);
}

static void other(struct sums *sums, const struct heap_change *change) {
    switch (change->kind) {
    case CHANGE_COLLECTED:
        collected(sums, change);
        return;
    case CHANGE_SPAN:
        span_moved(sums, change);
        return;
    case CHANGE_PAGES:
        hold_by(sums, change, (enum part)change->part, -change->bytes);
        return;
    case CHANGE_SEGMENT_MAPPED:
        hold_by(sums, change, PART_SEGMENT, change->bytes);
        sums->segments++;
        return;
    case CHANGE_SEGMENT_UNMAPPED:
        hold(sums, PART_SEGMENT, (int64_t)change->gone - change->bytes);
        sums->segments--;
        return;
    case CHANGE_HUGE_MAPPED:
        hold_by(sums, change, PART_EMPTY, change->bytes);
        return;
    case CHANGE_HUGE_UNMAPPED:
        hold(sums, PART_EMPTY, (int64_t)change->gone - change->bytes);
        return;
    case CHANGE_BOOKKEEPING:
        hold(sums, PART_OVERHEAD, change->bytes);
        return;
    case CHANGE_STATE_BEGINS:
        clear(sums);
        sums->telling = true;
        return;
    case CHANGE_STATE_ENDS:
        sums->telling = false;
        return;
    default:
        return;
    }
}

// ---- event by event ----

static void see(struct sums *sums) {
    if (sums->telling)
        return;
    peaks_see(&sums->peaks, &sums->now);
    timeline_see(&sums->timeline, &sums->now);
}

// The changes of one event are done, those of another begin.
static inline void next_event(struct sums *sums, uint64_t event,
                              uint64_t time) {
    see(sums);
    if (time >= sums->timeline.end)
        timeline_reach(&sums->timeline, &sums->now, time);
    sums->now.event = event;
    sums->now.time = time;
    if (time - sums->epoch >= NEAR_STEPS)
        fold(sums);
}

static void sums_feed(void *metric, const struct metric_context *context,
                      const struct heap_change *changes, size_t count) {
    struct sums *sums = metric;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (i % NEAR_CHANGES == 0)
            fold(sums);
        if (change->event != sums->now.event)
            next_event(sums, change->event, change->time);
        int64_t steps = (int64_t)(sums->now.time - sums->epoch);
        if (change->kind == CHANGE_BORN)
            born(sums, change, steps);
        else if (change->kind == CHANGE_DIED)
            died(sums, change, steps);
        else
            other(sums, change);
    }
}

static void sums_settle(void *metric, const struct metric_context *context) {
    struct sums *sums = metric;
    next_event(sums, context->heap->events, context->heap->time);
    fold(sums);
}

static void sums_end(void *metric, const struct metric_context *context) {
    struct sums *sums = metric;
    timeline_end(&sums->timeline, &sums->now, context->heap->time);
}

static void sums_save(const void *metric, const struct metric_context *context,
                      struct pack *pack) {
    (void)context;
    const struct sums *sums = metric;
    struct sums saved = *sums;
    saved.timeline = (struct timeline){0}; // behind them, and not by address
    pack_put(pack, &saved, sizeof saved);
    timeline_save(&sums->timeline, pack);
}

static bool is_far_from_the_ends(sums_wide sum) {
    const sums_wide most = (sums_wide)1 << 120;
    return sum > -most && sum < most;
}

// Whether no sum of it leaves its type: what was read may be anything.
static bool can_be(const struct sums *sums) {
    bool can_be = pack_is_bool(&sums->telling) &&
                  is_far_from_the_ends(sums->weighted.held) &&
                  instant_can_be(&sums->now) &&
                  instant_can_be(&sums->peaks.used) &&
                  instant_can_be(&sums->peaks.held) &&
                  sums->worst_residual > INT64_MIN / 2 &&
                  sums->worst_residual < INT64_MAX / 2;
    for (int i = 0; i < PARTS; i++)
        can_be &=
            is_far_from_the_ends(sums->weighted.parts[i]) && sums->near[i] == 0;
    return can_be;
}

static bool sums_restore(void *metric, const struct metric_context *context,
                         struct pack *pack) {
    struct sums *sums = metric;
    struct timeline timeline = sums->timeline;
    (void)context;
    if (!pack_take(pack, sums, sizeof *sums))
        return false;
    sums->timeline = timeline;
    return timeline_restore(&sums->timeline, pack) && can_be(sums) &&
           sums->timeline.end > sums->now.time &&
           sums->timeline.end - sums->timeline.length <= sums->now.time;
}

const struct metric sums_metric = {
    .key = "sums",
    .kinds = ~CHANGE_SET(CHANGE_EVENTS),
    .start = sums_start,
    .feed = sums_feed,
    .settle = sums_settle,
    .end = sums_end,
    .free = sums_free,
    .save = sums_save,
    .restore = sums_restore,
};

// Bytes times steps, from the start to now.
static sums_wide part_integral(const struct sums *sums, enum part part) {
    return (sums_wide)sums->now.parts[part] * (sums_wide)sums->now.time -
           sums->weighted.parts[part];
}

static sums_wide held_integral(const struct sums *sums) {
    return (sums_wide)sums->now.held * (sums_wide)sums->now.time -
           sums->weighted.held;
}

// In no time at all it is the value itself.
static double mean(int64_t value, sums_wide integral, uint64_t time) {
    return time == 0 ? (double)value : (double)integral / (double)time;
}

double sums_mean_part(const struct sums *sums, enum part part) {
    return mean(sums->now.parts[part], part_integral(sums, part),
                sums->now.time);
}

double sums_mean_held(const struct sums *sums) {
    return mean(sums->now.held, held_integral(sums), sums->now.time);
}

double sums_mean_part_between(const struct sums *from, const struct sums *to,
                              enum part part) {
    return mean(to->now.parts[part],
                part_integral(to, part) - part_integral(from, part),
                to->now.time - from->now.time);
}

double sums_mean_held_between(const struct sums *from, const struct sums *to) {
    return mean(to->now.held, held_integral(to) - held_integral(from),
                to->now.time - from->now.time);
}

void sums_check(struct sums *sums, const struct heap *heap, bool blocks) {
    int64_t parts[PARTS], sum = 0;
    uint64_t live_blocks;
    recount_parts(heap, parts, &live_blocks);
    bool same = live_blocks == sums->now.live_blocks &&
                (uint64_t)sums->now.held == heap->held &&
                (!blocks || recount_blocks(heap));
    for (int i = 0; i < PARTS; i++) {
        same &= parts[i] == sums->now.parts[i];
        sum += parts[i];
    }
    int64_t residual = (int64_t)heap->held - sum;
    sums->checks++;
    sums->check_failures += !same || residual != 0;
    if (llabs(residual) > llabs(sums->worst_residual))
        sums->worst_residual = residual;
}
