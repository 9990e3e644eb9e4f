// frames.c - marks of one name in a row, and what happened from each to the
// next.
#include "viewer/metric/frames.h"

static void add(struct frame_work *to, const struct frame_work *from) {
    to->steps += from->steps;
    to->allocations += from->allocations;
    to->frees += from->frees;
    to->allocated_bytes += from->allocated_bytes;
    to->growth += from->growth;
}

// ---- how much is spread over the frames ----

static unsigned bin_of(uint64_t value) {
    if (value < 16)
        return (unsigned)value;
    unsigned top = 63 - (unsigned)__builtin_clzll(value);
    return 16 + (top - 4) * 8 + ((value >> (top - 3)) & 7);
}

// The highest value that is counted there.
static uint64_t bin_end(unsigned bin) {
    if (bin < 16)
        return bin;
    unsigned top = (bin - 16) / 8 + 4, eighth = (bin - 16) % 8;
    return ((UINT64_C(9) + eighth) << (top - 3)) - 1;
}

static void count(struct frame_bins *bins, uint64_t value) {
    uint32_t *at = &bins->count[bin_of(value)];
    *at += *at != UINT32_MAX;
}

uint64_t frames_quantile(const struct frame_bins *bins, double part) {
    uint64_t all = 0, sum = 0;
    for (unsigned i = 0; i < FRAME_BINS; i++)
        all += bins->count[i];
    for (unsigned i = 0; i < FRAME_BINS; i++) {
        sum += bins->count[i];
        if (sum > 0 && (double)sum >= part * (double)all)
            return bin_end(i);
    }
    return 0;
}

// ---- marks ----

// The frame since the last mark is over.
static void end_frame(struct frames *frames, uint64_t time) {
    struct frame_series *s = &frames->open;
    frames->work.steps = time - s->last;
    add(&s->all, &frames->work);
    s->frames++;
    if (s->frames == 1 ||
        frames->work.allocated_bytes > s->worst.allocated_bytes) {
        s->worst = frames->work;
        s->worst_number = s->frames;
        s->worst_start = s->last;
    }
    s->last = time;
}

static void count_frame(struct frames *frames) {
    struct frame_spread *spread = frames->spreads[frames->count - 1];
    count(&spread->allocations, frames->work.allocations);
    count(&spread->bytes, frames->work.allocated_bytes);
}

// One mark alone is no series. The one at hand is the last in the list while it
// goes on.
static void keep(struct frames *frames) {
    struct frame_series *s = &frames->open;
    if (s->frames > 1) {
        frames->list[frames->count - 1] = *s;
        count_frame(frames);
        return;
    }
    if (frames->count == FRAMES_MOST_SERIES) {
        frames->marked = false;
        return;
    }
    frames->list = pool_grow(frames->pool, frames->list, frames->count,
                             &frames->capacity, sizeof *frames->list);
    frames->spreads =
        pool_grow(frames->pool, frames->spreads, frames->count,
                  &frames->spread_capacity, sizeof *frames->spreads);
    frames->spreads[frames->count] =
        pool_zeroed(frames->pool, 1, sizeof **frames->spreads);
    frames->list[frames->count++] = *s;
    count_frame(frames);
}

static void mark(struct frames *frames, const struct heap_change *change) {
    uint64_t text = change->value[0];
    if (frames->marked && frames->open.text == text) {
        end_frame(frames, change->time);
        keep(frames);
    } else {
        frames->marked = frames->count < FRAMES_MOST_SERIES;
        frames->open = (struct frame_series){
            .text = text, .first = change->time, .last = change->time};
    }
    frames->work = (struct frame_work){.steps = 0};
}

static void frames_feed(void *metric, const struct metric_context *context,
                        const struct heap_change *changes, size_t count) {
    struct frames *frames = metric;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_NOTE) {
            if (change->part == TRACE_EVENT_MARK)
                mark(frames, change);
        } else if (!frames->marked) {
            continue;
        } else if (change->kind == CHANGE_BORN) {
            bool counts = change->flags & CHANGE_COUNTS;
            frames->work.allocations += counts;
            frames->work.allocated_bytes += counts ? change->wanted : 0;
            frames->work.growth += (int64_t)change->wanted;
        } else if (change->kind == CHANGE_DIED) {
            frames->work.frees += (change->flags & CHANGE_COUNTS) != 0;
            frames->work.growth -= (int64_t)change->wanted;
        } else if (change->kind == CHANGE_STATE_BEGINS) {
            frames->marked = false; // what was in between is not known
        }
    }
}

// Between no two marks nothing happens that counts.
static uint32_t frames_needs(const void *metric) {
    const struct frames *frames = metric;
    return frames->marked ? frames_metric.kinds : CHANGE_SET(CHANGE_NOTE);
}

static void frames_start(void *metric, const struct metric_context *context) {
    struct frames *frames = metric;
    frames->pool = context->pool;
}

static void frames_free(void *metric) {
    struct frames *frames = metric;
    for (size_t i = 0; i < frames->count; i++)
        pool_give(frames->pool, frames->spreads[i]);
    pool_give(frames->pool, frames->spreads);
    pool_give(frames->pool, frames->list);
}

static void frames_save(const void *metric,
                        const struct metric_context *context,
                        struct pack *pack) {
    const struct frames *frames = metric;
    (void)context;
    pack_put_array(pack, frames->list, frames->count, sizeof *frames->list);
    pack_put(pack, &frames->marked, sizeof frames->marked);
    pack_put(pack, &frames->open, sizeof frames->open);
    pack_put(pack, &frames->work, sizeof frames->work);
    for (size_t i = 0; i < frames->count; i++)
        pack_put(pack, frames->spreads[i], sizeof *frames->spreads[i]);
}

static bool frames_restore(void *metric, const struct metric_context *context,
                           struct pack *pack) {
    struct frames *frames = metric;
    size_t count;
    (void)context;
    bool whole = pack_take_array(pack, frames->pool, (void **)&frames->list,
                                 &count, sizeof *frames->list) &&
                 pack_take(pack, &frames->marked, sizeof frames->marked) &&
                 pack_take(pack, &frames->open, sizeof frames->open) &&
                 pack_take(pack, &frames->work, sizeof frames->work);
    frames->capacity = count;
    for (; whole && frames->count < count; frames->count++) {
        frames->spreads =
            pool_grow(frames->pool, frames->spreads, frames->count,
                      &frames->spread_capacity, sizeof *frames->spreads);
        frames->spreads[frames->count] =
            pool_get(frames->pool, sizeof **frames->spreads);
        whole = pack_take(pack, frames->spreads[frames->count],
                          sizeof **frames->spreads);
    }
    return whole;
}

const struct metric frames_metric = {
    .key = "frames",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_NOTE) | CHANGE_SET(CHANGE_STATE_BEGINS),
    .needs = frames_needs,
    .start = frames_start,
    .feed = frames_feed,
    .free = frames_free,
    .save = frames_save,
    .restore = frames_restore,
};
