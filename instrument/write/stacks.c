// stacks.c - see tree.h.
#include "instrument/write/stacks.h"

#include "instrument/write/encode.h"
#include "instrument/os/system.h"

#include <string.h>

enum { FIRST_ROOM = 4096 };

static uint32_t node_hash(uint32_t parent, uint64_t address) {
    uint64_t mixed = (address ^ (uint64_t)parent << 32) * 0x9e3779b97f4a7c15u;

    return (uint32_t)(mixed >> 32);
}

// The slot of the node, or the free one where it belongs.
static uint32_t *find(struct rp_tree *tree, uint32_t hash, uint32_t parent,
                      uint64_t address) {
    uint32_t mask = 2 * tree->room - 1;

    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        const struct rp_tree_node *node = &tree->nodes[tree->slots[i]];
        if (tree->slots[i] == 0 ||
            (node->hash == hash && node->parent == parent &&
             node->address == address))
            return &tree->slots[i];
    }
}

void rp_tree_free(struct rp_tree *tree) {
    if (tree->nodes == NULL)
        return;
    rp_system_unmap(tree->nodes, tree->room * sizeof *tree->nodes);
    rp_system_unmap(tree->slots, 2 * (size_t)tree->room * sizeof *tree->slots);
}

static bool grow(struct rp_tree *tree, uint32_t room) {
    struct rp_tree old = *tree;

    tree->nodes = rp_system_map(room * sizeof *tree->nodes, RP_MAP_OWN);
    tree->slots =
        rp_system_map(2 * (size_t)room * sizeof *tree->slots, RP_MAP_OWN);
    if (tree->nodes == NULL || tree->slots == NULL) {
        if (tree->nodes != NULL)
            rp_system_unmap(tree->nodes, room * sizeof *tree->nodes);
        *tree = old;
        return false;
    }
    tree->room = room;
    if (old.nodes == NULL)
        return true;
    memcpy(tree->nodes, old.nodes, old.count * sizeof *old.nodes);
    for (uint32_t i = tree->first; i < tree->count; i++) {
        const struct rp_tree_node *node = &tree->nodes[i];
        *find(tree, node->hash, node->parent, node->address) = i;
    }
    rp_tree_free(&old);
    return true;
}

bool rp_tree_start(struct rp_tree *tree, uint32_t first) {
    uint32_t room = FIRST_ROOM;

    while (room <= first)
        room *= 2;
    *tree = (struct rp_tree){.first = first, .count = first, .told = first};
    return grow(tree, room);
}

uint32_t rp_tree_child(struct rp_tree *tree, uint32_t parent,
                       uint64_t address) {
    uint32_t hash = node_hash(parent, address);
    uint32_t *slot = find(tree, hash, parent, address);

    if (*slot != 0)
        return *slot;
    if (tree->count == tree->room) {
        if (tree->room > UINT32_MAX / 4 || !grow(tree, 2 * tree->room))
            return 0;
        slot = find(tree, hash, parent, address);
    }
    tree->nodes[tree->count] = (struct rp_tree_node){address, parent, hash};
    return *slot = tree->count++;
}

uint32_t rp_tree_add(struct rp_tree *tree, const uint64_t *frames,
                     uint32_t count) {
    uint32_t node = 0;

    while (count-- > 0) {
        node = rp_tree_child(tree, node, frames[count]);
        if (node == 0)
            break;
    }
    return node;
}

size_t rp_tree_tell(struct rp_tree *tree, uint8_t *payload, size_t room) {
    uint8_t *at = payload, *end = payload + room - 3 * TRACE_MAX_VARINT;

    if (tree->told == tree->count)
        return 0;
    at = rp_put_varint(at, tree->told);
    for (; tree->told < tree->count && at < end; tree->told++) {
        const struct rp_tree_node *node = &tree->nodes[tree->told];
        uint64_t base = tree->nodes[node->parent].address;
        at = rp_put_varint(at, tree->told - node->parent);
        at = rp_put_varint(at, trace_zigzag(node->address - base));
    }
    return (size_t)(at - payload);
}
