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

// One mark alone is no series. The one at hand is the last in the list while it
// goes on.
static void keep(struct frames *frames) {
    struct frame_series *s = &frames->open;
    if (s->frames > 1) {
        frames->list[frames->count - 1] = *s;
        return;
    }
    if (frames->count == FRAMES_MOST_SERIES) {
        frames->marked = false;
        return;
    }
    frames->list = pool_grow(frames->pool, frames->list, frames->count,
                             &frames->capacity, sizeof *frames->list);
    frames->list[frames->count++] = *s;
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

static void frames_start(void *metric, const struct metric_context *context) {
    struct frames *frames = metric;
    frames->pool = context->pool;
}

static void frames_free(void *metric) {
    struct frames *frames = metric;
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
}

static bool frames_restore(void *metric, const struct metric_context *context,
                           struct pack *pack) {
    struct frames *frames = metric;
    (void)context;
    bool whole = pack_take_array(pack, frames->pool, (void **)&frames->list,
                                 &frames->count, sizeof *frames->list) &&
                 pack_take(pack, &frames->marked, sizeof frames->marked) &&
                 pack_take(pack, &frames->open, sizeof frames->open) &&
                 pack_take(pack, &frames->work, sizeof frames->work);
    frames->capacity = frames->count;
    return whole;
}

const struct metric frames_metric = {
    .key = "frames",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_NOTE) | CHANGE_SET(CHANGE_STATE_BEGINS),
    .start = frames_start,
    .feed = frames_feed,
    .free = frames_free,
    .save = frames_save,
    .restore = frames_restore,
};
