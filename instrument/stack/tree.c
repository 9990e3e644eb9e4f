// tree.c - see paths.h.
#include "instrument/stack/tree.h"

#include "core/os/check.h"

static_assert(sizeof(struct rp_path) * RP_PATHS_IN_LINE == 64, "a line");
static_assert(RP_PATHS_FIRST_BITS + 2 * (RP_PATHS_TABLES - 1) + 2 <=
                  RP_PATHS_INDEX_BITS,
              "the last table has numbers");

static struct rp_path *table_get(struct rp_paths *paths, unsigned index) {
    size_t bytes = rp_paths_room(index) * sizeof(struct rp_path);
    // acquire [table]: that it is zeroed and mapped
    struct rp_path *table = load_acquire(&paths->tables[index]);
    if (RP_LIKELY(table != NULL))
        return table;

    _Atomic uint64_t *place = &paths->shared->tables[index];
    uint64_t made, there = load_acquire(place); // acquire [table]: as above
    if (there == 0) {
        made = rp_arena_take(paths->arena, bytes, bytes);
        if (made == 0)
            return NULL;
        // acq_rel [table]: either mine is seen by all, or I see the other one;
        // then mine stays unused
        if (cas_strong_acq_rel(place, &there, made))
            there = made;
    }
    table = rp_arena_at(paths->arena, there);
    store_release(&paths->tables[index], table); // release [table]: as above
    return table;
}

void rp_paths_refresh(struct rp_paths *paths) {
    for (unsigned i = 0; i < RP_PATHS_TABLES; i++) {
        // acquire [table]: its nodes
        uint64_t place = load_acquire(&paths->shared->tables[i]);
        if (place != 0)
            // relaxed: this thread alone reads it
            store_relaxed(&paths->tables[i],
                          (struct rp_path *)rp_arena_at(paths->arena, place));
    }
}

// Whether the node is at this place, or is put there now.
static bool is_at(struct rp_path *path, uint32_t parent, uint64_t address,
                  bool *added) {
    uint64_t has = load_acquire(&path->address); // acquire [path]: its parent
    uint32_t taken = 0;

    if (has != 0)
        return has == address &&
               load_relaxed(&path->parent) == parent + 1; // by [path]
    // relaxed: the address, which tells of it, is yet to come
    if (!cas_strong_relaxed(&path->parent, &taken, parent + 1))
        return false; // somebody else's, and perhaps the same node
    store_release(&path->address, address); // release [path]: parent
    *added = true;
    return true;
}

uint32_t rp_paths_child_slow(struct rp_paths *paths, uint32_t parent,
                             uint64_t hash, uint64_t address, bool *added) {
    for (unsigned t = 0; t < RP_PATHS_TABLES; t++) {
        struct rp_path *table = table_get(paths, t);
        uint32_t first = rp_paths_line(hash, t);
        if (table == NULL)
            break;
        for (uint32_t i = first; i < first + RP_PATHS_IN_LINE; i++) {
            if (is_at(&table[i], parent, address, added))
                return (t + 1) << RP_PATHS_INDEX_BITS | i;
        }
    }
    add_relaxed(&paths->shared->lost, 1); // relaxed: a count
    return 0;
}
