// lifetimes.c - how long blocks lived, of each exact stack and of each size
// class.
#include "viewer/metric/lifetimes.h"

#include <math.h>
#include <string.h>

#include "viewer/metric/stacks.h"

// As many as there are stacks.
__attribute__((cold, noinline)) static void grow(struct lifetimes *lifetimes,
                                                 size_t wanted) {
    size_t capacity = lifetimes->capacity ? lifetimes->capacity : 64;
    while (capacity < wanted)
        capacity *= 2;
    if (capacity > lifetimes->capacity)
        lifetimes->stacks = pool_resize(lifetimes->pool, lifetimes->stacks,
                                        capacity, sizeof *lifetimes->stacks);
    lifetimes->capacity = capacity;
    memset(lifetimes->stacks + lifetimes->count, 0,
           (wanted - lifetimes->count) * sizeof *lifetimes->stacks);
    lifetimes->count = wanted;
}

static void lifetimes_feed(void *metric, const struct metric_context *context,
                           const struct heap_change *changes, size_t number) {
    struct lifetimes *lifetimes = metric;
    if (lifetimes->count < context->stacks->count)
        grow(lifetimes, context->stacks->count);
    for (size_t i = 0; i < number; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind != CHANGE_DIED || !(change->flags & CHANGE_COUNTS))
            continue;
        unsigned bin = lifetimes_bin(change->time - change->birth);
        uint32_t *died =
            &lifetimes->stacks[stacks_find(context->stacks, change->stack)]
                 .count[bin];
        *died += *died != UINT32_MAX;
        lifetimes->classes[change->class_index][bin]++;
    }
}

static void lifetimes_start(void *metric,
                            const struct metric_context *context) {
    struct lifetimes *lifetimes = metric;
    lifetimes->pool = context->pool;
}

static void lifetimes_free(void *metric) {
    struct lifetimes *lifetimes = metric;
    pool_give(lifetimes->pool, lifetimes->stacks);
}

static void lifetimes_save(const void *metric,
                           const struct metric_context *context,
                           struct pack *pack) {
    const struct lifetimes *lifetimes = metric;
    (void)context;
    pack_put(pack, lifetimes->classes, sizeof lifetimes->classes);
    pack_put_array(pack, lifetimes->stacks, lifetimes->count,
                   sizeof *lifetimes->stacks);
}

static bool lifetimes_restore(void *metric,
                              const struct metric_context *context,
                              struct pack *pack) {
    struct lifetimes *lifetimes = metric;
    bool whole =
        pack_take(pack, lifetimes->classes, sizeof lifetimes->classes) &&
        pack_take_array(pack, lifetimes->pool, (void **)&lifetimes->stacks,
                        &lifetimes->count, sizeof *lifetimes->stacks);
    lifetimes->capacity = lifetimes->count;
    return whole && lifetimes->count <= context->stacks->count;
}

const struct metric lifetimes_metric = {
    .key = "lifetimes",
    .kinds = CHANGE_SET(CHANGE_DIED),
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
