// levers.h - without whom half of it goes.
//
// A unit (a span, a segment) holds so many bytes until all its groups are gone.
// What goes without a set of groups is F(set), the sum of the units that have
// no group outside the set. It is more than the sum over its members, so that
// sets are not found by adding whoever frees the most: eight groups in every
// unit free nothing one by one.
//
// A lever is one group that frees half of all bytes or more by itself; or else
// groups in the order of their share until they do, without those that the set
// does not need.
#ifndef RPSCOPE_METRIC_LEVERS_H
#define RPSCOPE_METRIC_LEVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pool.h"

enum { LEVER_MOST = 20 };

struct lever {
    uint32_t groups[LEVER_MOST]; // by share, most first
    uint64_t bytes[LEVER_MOST];  // F of the groups up to this one
    size_t count;                // 0: nobody holds anything
    bool half;      // it frees half; else LEVER_MOST groups are not enough
    uint64_t total; // of all units
};

struct lever_unit {
    uint64_t bytes;
    size_t first; // in groups
    uint32_t count;
};

struct levers {
    struct pool *pool;
    struct lever_unit *units;
    size_t unit_count, unit_capacity;
    uint32_t *groups; // of the units, one after the other
    size_t group_count, group_capacity;
};

// Begins a unit; its groups follow, each once. One without a group is nobody's.
void levers_unit(struct levers *levers, uint64_t bytes);
void levers_group(struct levers *levers, uint32_t group);
void levers_free(struct levers *levers);

// `share`: of each of so many groups, what it is ordered by.
void levers_find(const struct levers *levers, const double *share,
                 size_t group_count, struct lever *lever);

// F of the groups for which `in` is not 0.
uint64_t levers_freed(const struct levers *levers, const char *in);
static inline bool levers_frees(const struct levers *levers, size_t unit,
                                const char *in) {
    const struct lever_unit *u = &levers->units[unit];
    for (size_t i = u->first; i < u->first + u->count; i++)
        if (!in[levers->groups[i]])
            return false;
    return u->count > 0;
}

#endif
