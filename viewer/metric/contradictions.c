// contradictions.c - events of the trace that cannot be, as the others tell it.
#include "viewer/metric/contradictions.h"

static void add(struct contradictions *all, const struct heap_change *change) {
    all->total++;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].kind == change->contradiction &&
            all->list[i].stack == change->of) {
            all->list[i].count++;
            return;
        }
    if (all->count == CONTRADICTIONS_KEPT)
        return;
    all->list[all->count++] = (struct contradictions_of){
        .kind = (enum contradiction)change->contradiction,
        .stack = change->of,
        .ring = change->ring,
        .time = change->at,
        .count = 1};
}

static void contradictions_feed(void *metric,
                                const struct metric_context *context,
                                const struct heap_change *changes,
                                size_t count) {
    (void)context;
    for (size_t i = 0; i < count; i++)
        if (changes[i].kind == CHANGE_CONTRADICTION)
            add(metric, &changes[i]);
}

static void contradictions_save(const void *metric,
                                const struct metric_context *context,
                                struct pack *pack) {
    (void)context;
    pack_put(pack, metric, sizeof(struct contradictions));
}

static bool contradictions_restore(void *metric,
                                   const struct metric_context *context,
                                   struct pack *pack) {
    (void)context;
    struct contradictions *all = metric;
    bool whole =
        pack_take(pack, all, sizeof *all) && all->count <= CONTRADICTIONS_KEPT;
    for (size_t i = 0; whole && i < all->count; i++)
        whole = all->list[i].kind < CONTRADICTIONS;
    return whole;
}

const struct metric contradictions_metric = {
    .key = "contradictions",
    .kinds = CHANGE_SET(CHANGE_CONTRADICTION),
    .feed = contradictions_feed,
    .save = contradictions_save,
    .restore = contradictions_restore,
};
