// levers.c - without whom half of it goes.
#include "viewer/metric/levers.h"

#include <stdlib.h>

void levers_unit(struct levers *levers, uint64_t bytes) {
    levers->units = pool_grow(levers->pool, levers->units, levers->unit_count,
                              &levers->unit_capacity, sizeof *levers->units);
    levers->units[levers->unit_count++] =
        (struct lever_unit){bytes, levers->group_count, 0};
}

void levers_group(struct levers *levers, uint32_t group) {
    levers->groups =
        pool_grow(levers->pool, levers->groups, levers->group_count,
                  &levers->group_capacity, sizeof *levers->groups);
    levers->groups[levers->group_count++] = group;
    levers->units[levers->unit_count - 1].count++;
}

void levers_free(struct levers *levers) {
    pool_give(levers->pool, levers->units);
    pool_give(levers->pool, levers->groups);
}

uint64_t levers_freed(const struct levers *levers, const char *in) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < levers->unit_count; i++)
        if (levers_frees(levers, i, in))
            bytes += levers->units[i].bytes;
    return bytes;
}

struct ordered {
    double share;
    uint32_t group;
};

static int compare_ordered(const void *left, const void *right) {
    const struct ordered *a = left, *b = right;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    return a->group < b->group ? -1 : 1;
}

// Those with the largest shares, into lever->groups.
static void take_largest(struct pool *pool, const double *share, size_t count,
                         struct lever *lever) {
    struct ordered *all = pool_get(pool, (count + 1) * sizeof *all);
    size_t some = 0;
    for (size_t i = 0; i < count; i++)
        if (share[i] > 0)
            all[some++] = (struct ordered){share[i], (uint32_t)i};
    if (some > 0)
        qsort(all, some, sizeof *all, compare_ordered);
    while (lever->count < some && lever->count < LEVER_MOST) {
        lever->groups[lever->count] = all[lever->count].group;
        lever->count++;
    }
    pool_give(pool, all);
}

// What each of the first groups frees with those before it. `rank`: of each
// group its place among them + 1, or 0.
static void fill_prefixes(const struct levers *levers, const char *rank,
                          struct lever *lever) {
    for (size_t i = 0; i < lever->count; i++)
        lever->bytes[i] = 0;
    for (size_t i = 0; i < levers->unit_count; i++) {
        const struct lever_unit *unit = &levers->units[i];
        if (!levers_frees(levers, i, rank))
            continue;
        int last = 0;
        for (size_t j = unit->first; j < unit->first + unit->count; j++)
            if (rank[levers->groups[j]] > last)
                last = rank[levers->groups[j]];
        lever->bytes[last - 1] += unit->bytes;
    }
    for (size_t i = 1; i < lever->count; i++)
        lever->bytes[i] += lever->bytes[i - 1];
}

static void set_ranks(char *rank, const struct lever *lever) {
    for (size_t i = 0; i < lever->count; i++)
        rank[lever->groups[i]] = (char)(i + 1);
}

// The group that frees half by itself; of several the one that frees most.
static bool find_one(const struct levers *levers, uint64_t half,
                     size_t group_count, uint32_t *one) {
    uint64_t *alone = pool_zeroed(levers->pool, group_count + 1, sizeof *alone);
    size_t best = 0;
    for (size_t i = 0; i < levers->unit_count; i++)
        if (levers->units[i].count == 1)
            alone[levers->groups[levers->units[i].first]] +=
                levers->units[i].bytes;
    for (size_t i = 1; i < group_count; i++)
        if (alone[i] > alone[best])
            best = i;
    bool found = alone[best] >= half && alone[best] > 0;
    *one = (uint32_t)best;
    pool_give(levers->pool, alone);
    return found;
}

// Without the ones that the set does not need, those with the least share
// first.
static void drop_unneeded(const struct levers *levers, uint64_t half,
                          char *rank, struct lever *lever) {
    for (size_t i = lever->count; i-- > 0;) {
        uint32_t group = lever->groups[i];
        char was = rank[group];
        rank[group] = 0;
        if (levers_freed(levers, rank) < half) {
            rank[group] = was;
            continue;
        }
        for (size_t j = i; j + 1 < lever->count; j++)
            lever->groups[j] = lever->groups[j + 1];
        lever->count--;
    }
}

void levers_find(const struct levers *levers, const double *share,
                 size_t group_count, struct lever *lever) {
    char *rank = pool_zeroed(levers->pool, group_count + 1, sizeof *rank);
    uint32_t one;
    *lever = (struct lever){.count = 0};
    for (size_t i = 0; i < levers->unit_count; i++)
        if (levers->units[i].count > 0)
            lever->total += levers->units[i].bytes;
    uint64_t half = lever->total / 2 + lever->total % 2;
    if (half > 0 && find_one(levers, half, group_count, &one)) {
        lever->groups[lever->count++] = one;
        lever->half = true;
    } else {
        take_largest(levers->pool, share, group_count, lever);
    }
    set_ranks(rank, lever);
    fill_prefixes(levers, rank, lever);
    size_t needed = 0;
    while (needed < lever->count && lever->bytes[needed] < half)
        needed++;
    if (needed < lever->count && half > 0) {
        lever->half = true;
        while (lever->count > needed + 1)
            rank[lever->groups[--lever->count]] = 0;
        drop_unneeded(levers, half, rank, lever);
        set_ranks(rank, lever);
        fill_prefixes(levers, rank, lever);
    }
    pool_give(levers->pool, rank);
}
