// lifetimes.c - how long blocks lived, of each exact stack and of each size
// class.
#include "viewer/metric/lifetimes.h"

#include <math.h>
#include <string.h>

#include "viewer/metric/stacks.h"

// As many as there are stacks.
__attribute__((cold, noinline)) static void grow(struct pool *pool,
                                                 struct lifetime_bins **bins,
                                                 size_t *count,
                                                 size_t *capacity,
                                                 size_t wanted) {
    size_t more = *capacity ? *capacity : 64;
    while (more < wanted)
        more *= 2;
    if (more > *capacity)
        *bins = pool_resize(pool, *bins, more, sizeof **bins);
    *capacity = more;
    memset(*bins + *count, 0, (wanted - *count) * sizeof **bins);
    *count = wanted;
}

static inline void count_one(uint32_t *count) {
    *count += *count != UINT32_MAX;
}

// ---- what went unseen ----

struct ending {
    struct lifetimes *lifetimes;
    const struct stacks *stacks;
};

static void count_unseen(struct span *span, void *context) {
    const struct ending *e = context;
    struct lifetimes *l = e->lifetimes;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->birth == SLOT_FREE)
            continue;
        unsigned bin = lifetimes_bin(
            l->seen_until > slot->birth ? l->seen_until - slot->birth : 0);
        count_one(
            &l->unseen_stacks[stacks_find(e->stacks, slot->stack)].count[bin]);
        l->unseen_classes[span->class_index][bin]++;
    }
}

static void need_unseen(struct lifetimes *l, size_t stacks) {
    if (l->unseen_count < stacks)
        grow(l->pool, &l->unseen_stacks, &l->unseen_count, &l->unseen_capacity,
             stacks);
}

static void end_state(struct lifetimes *l,
                      const struct metric_context *context) {
    need_unseen(l, context->stacks->count);
    spans_each(&context->heap->before->spans, count_unseen,
               &(struct ending){l, context->stacks});
}

// Whether the birth is no birth, but the time of a state.
static bool was_told(const struct lifetimes *l, uint64_t birth) {
    size_t low = 0, high = l->told_count; // the first that is later
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->told[middle] <= birth)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && l->told[low - 1] == birth;
}

static void feed_other(struct lifetimes *l,
                       const struct metric_context *context,
                       const struct heap_change *change) {
    switch (change->kind) {
    case CHANGE_NOTE:
        if (change->part == TRACE_EVENT_PAUSE)
            l->paused_at = change->time;
        return;
    case CHANGE_STATE_BEGINS:
        l->seen_until =
            l->paused_at != UINT64_MAX ? l->paused_at : change->time;
        l->paused_at = UINT64_MAX;
        l->told = pool_grow(l->pool, l->told, l->told_count, &l->told_capacity,
                            sizeof *l->told);
        l->told[l->told_count++] = change->time;
        return;
    case CHANGE_STATE_ENDS:
        end_state(l, context);
        return;
    default:
        return;
    }
}

static void lifetimes_feed(void *metric, const struct metric_context *context,
                           const struct heap_change *changes, size_t number) {
    struct lifetimes *lifetimes = metric;
    if (lifetimes->count < context->stacks->count)
        grow(lifetimes->pool, &lifetimes->stacks, &lifetimes->count,
             &lifetimes->capacity, context->stacks->count);
    for (size_t i = 0; i < number; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind != CHANGE_DIED) {
            feed_other(lifetimes, context, change);
            continue;
        }
        if (!(change->flags & CHANGE_COUNTS))
            continue;
        unsigned bin = lifetimes_bin(change->time - change->birth);
        uint32_t stack = stacks_find(context->stacks, change->stack);
        if (lifetimes->told_count > 0 && was_told(lifetimes, change->birth)) {
            need_unseen(lifetimes, context->stacks->count);
            count_one(&lifetimes->unseen_stacks[stack].count[bin]);
            lifetimes->unseen_classes[change->class_index][bin]++;
            continue;
        }
        count_one(&lifetimes->stacks[stack].count[bin]);
        lifetimes->classes[change->class_index][bin]++;
    }
}

static void lifetimes_start(void *metric,
                            const struct metric_context *context) {
    struct lifetimes *lifetimes = metric;
    lifetimes->pool = context->pool;
    lifetimes->paused_at = UINT64_MAX;
}

static void lifetimes_free(void *metric) {
    struct lifetimes *lifetimes = metric;
    pool_give(lifetimes->pool, lifetimes->stacks);
    pool_give(lifetimes->pool, lifetimes->unseen_stacks);
    pool_give(lifetimes->pool, lifetimes->told);
}

static void lifetimes_save(const void *metric,
                           const struct metric_context *context,
                           struct pack *pack) {
    const struct lifetimes *lifetimes = metric;
    (void)context;
    pack_put(pack, lifetimes->classes, sizeof lifetimes->classes);
    pack_put_array(pack, lifetimes->stacks, lifetimes->count,
                   sizeof *lifetimes->stacks);
    pack_put(pack, &lifetimes->paused_at, sizeof lifetimes->paused_at);
    pack_put_array(pack, lifetimes->told, lifetimes->told_count,
                   sizeof *lifetimes->told);
    pack_put_array(pack, lifetimes->unseen_stacks, lifetimes->unseen_count,
                   sizeof *lifetimes->unseen_stacks);
    if (lifetimes->unseen_count > 0)
        pack_put(pack, lifetimes->unseen_classes,
                 sizeof lifetimes->unseen_classes);
}

static bool lifetimes_restore(void *metric,
                              const struct metric_context *context,
                              struct pack *pack) {
    struct lifetimes *lifetimes = metric;
    bool whole =
        pack_take(pack, lifetimes->classes, sizeof lifetimes->classes) &&
        pack_take_array(pack, lifetimes->pool, (void **)&lifetimes->stacks,
                        &lifetimes->count, sizeof *lifetimes->stacks) &&
        pack_take(pack, &lifetimes->paused_at, sizeof lifetimes->paused_at) &&
        pack_take_array(pack, lifetimes->pool, (void **)&lifetimes->told,
                        &lifetimes->told_count, sizeof *lifetimes->told) &&
        pack_take_array(
            pack, lifetimes->pool, (void **)&lifetimes->unseen_stacks,
            &lifetimes->unseen_count, sizeof *lifetimes->unseen_stacks);
    lifetimes->capacity = lifetimes->count;
    lifetimes->told_capacity = lifetimes->told_count;
    lifetimes->unseen_capacity = lifetimes->unseen_count;
    if (whole && lifetimes->unseen_count > 0)
        whole = pack_take(pack, lifetimes->unseen_classes,
                          sizeof lifetimes->unseen_classes);
    return whole && lifetimes->count <= context->stacks->count &&
           lifetimes->unseen_count <= context->stacks->count;
}

const struct metric lifetimes_metric = {
    .key = "lifetimes",
    .kinds = CHANGE_SET(CHANGE_DIED) | CHANGE_SET(CHANGE_NOTE) |
             CHANGE_SET(CHANGE_STATE_BEGINS) | CHANGE_SET(CHANGE_STATE_ENDS),
    .start = lifetimes_start,
    .feed = lifetimes_feed,
    .free = lifetimes_free,
    .save = lifetimes_save,
    .restore = lifetimes_restore,
};

bool lifetimes_quantile(const struct lifetime_bins *died,
                        const struct lifetime_bins *living, double part,
                        double *steps) {
    double at_risk = 0, alive = 1;
    for (int i = 0; i < LIFETIME_BINS; i++)
        at_risk += (double)died->count[i] + (double)living->count[i];
    for (int i = 0; i < LIFETIME_BINS; i++) {
        double deaths = died->count[i], censored = living->count[i];
        // Who is censored somewhere in the bin was at risk for half of it.
        double exposed = at_risk - censored / 2;
        double after = exposed > 0 ? alive * (1 - deaths / exposed) : alive;
        if (deaths > 0 && after <= 1 - part) {
            double inside = (alive - (1 - part)) / (alive - after);
            double from = i > 0 ? 2.0 * i : 0, to = 2.0 * (i + 1);
            *steps = exp2(from + (to - from) * inside);
            return true;
        }
        alive = after;
        at_risk -= deaths + censored;
    }
    return false;
}
