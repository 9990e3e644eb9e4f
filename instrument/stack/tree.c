// tree.c - see tree.h.
#include "instrument/stack/tree.h"

#include "core/os/check.h"

static_assert(sizeof(struct rp_tree_node) * RP_TREE_IN_LINE == 64, "a line");
static_assert(RP_TREE_FIRST_BITS + 2 * (RP_TREE_TABLES - 1) + 2 <=
                  RP_TREE_INDEX_BITS,
              "the last table has numbers");

uint64_t rp_tree_make(struct rp_shm *shm) {
    size_t bytes = sizeof(struct rp_tree_shared);

    return rp_shm_take(shm, bytes, bytes);
}

bool rp_tree_open(struct rp_tree *tree, struct rp_shm *shm, uint64_t offset) {
    tree->shm = shm;
    tree->shared = rp_shm_at(shm, offset);
    return offset != 0 && offset <= shm->room - sizeof *tree->shared;
}

static struct rp_tree_node *table_get(struct rp_tree *tree, unsigned index) {
    size_t bytes = rp_tree_room(index) * sizeof(struct rp_tree_node);
    // acquire [table]: that it is zeroed and mapped
    struct rp_tree_node *table = load_acquire(&tree->tables[index]);
    if (RP_LIKELY(table != NULL))
        return table;

    _Atomic uint64_t *offset = &tree->shared->tables[index];
    uint64_t made, there = load_acquire(offset); // acquire [table]: as above
    if (there == 0) {
        made = rp_shm_take(tree->shm, bytes, bytes);
        if (made == 0)
            return NULL;
        // acq_rel [table]: either mine is seen by all, or I see the other one;
        // then mine stays unused
        if (cas_strong_acq_rel(offset, &there, made))
            there = made;
    }
    table = rp_shm_at(tree->shm, there);
    store_release(&tree->tables[index], table); // release [table]: as above
    return table;
}

void rp_tree_refresh(struct rp_tree *tree) {
    for (unsigned i = 0; i < RP_TREE_TABLES; i++) {
        // acquire [table]: its nodes
        uint64_t offset = load_acquire(&tree->shared->tables[i]);
        if (rp_shm_has(tree->shm, offset,
                       rp_tree_room(i) * sizeof(struct rp_tree_node),
                       RP_SHM_PAGE))
            // relaxed: this thread alone reads it
            store_relaxed(&tree->tables[i],
                          (struct rp_tree_node *)rp_shm_at(tree->shm, offset));
    }
}

// Whether the node is at this place, or is put there now.
static bool is_at(struct rp_tree_node *node, uint32_t parent, uint64_t address,
                  bool *added) {
    uint64_t has = load_acquire(&node->address); // acquire [node]: its parent
    uint32_t taken = 0;

    if (has != 0)
        return has == address &&
               load_relaxed(&node->parent) == parent + 1; // by [node]
    // relaxed: the address, which tells of it, is yet to come
    if (!cas_strong_relaxed(&node->parent, &taken, parent + 1))
        return false; // somebody else's, and perhaps the same node
    store_release(&node->address, address); // release [node]: parent
    *added = true;
    return true;
}

// The number of the node in a line of that table; 0: it is full of others.
static inline uint32_t find_in_line(struct rp_tree_node *table, unsigned t,
                                    uint32_t first, uint32_t parent,
                                    uint64_t address, bool *added) {
    // relaxed: a place that is taken stays so. The last one is taken last.
    if (RP_LIKELY(load_relaxed(&table[first + RP_TREE_IN_LINE - 1].address) !=
                  0)) {
        uint32_t found = rp_tree_in_line(&table[first], parent, address);
        return found != 0
                   ? (t + 1) << RP_TREE_INDEX_BITS | (first + lowest_bit(found))
                   : 0;
    }
    for (uint32_t i = first; i < first + RP_TREE_IN_LINE; i++)
        if (is_at(&table[i], parent, address, added))
            return (t + 1) << RP_TREE_INDEX_BITS | i;
    return 0;
}

uint32_t rp_tree_child_slow(struct rp_tree *tree, uint32_t parent,
                            uint64_t hash, uint64_t address, bool *added) {
    for (unsigned t = 0; t < RP_TREE_TABLES; t++) {
        struct rp_tree_node *table = table_get(tree, t);
        if (table == NULL)
            break;
        uint32_t node = find_in_line(table, t, rp_tree_line(hash, t), parent,
                                     address, added);
        if (node == 0)
            node = find_in_line(table, t, rp_tree_other_line(hash, t), parent,
                                address, added);
        if (node != 0)
            return node;
    }
    add_relaxed(&tree->shared->lost, 1); // relaxed: a count
    return 0;
}
