// stack_table.c - see stack_table.h.
#include "instrument/write/stack_table.h"

#include "instrument/os/system.h"
#include "instrument/write/encode.h"

#include <string.h>

enum { FIRST_ROOM = 4096 };

static uint32_t node_hash(uint32_t parent, uint64_t address) {
    uint64_t mixed = (address ^ (uint64_t)parent << 32) * 0x9e3779b97f4a7c15u;

    return (uint32_t)(mixed >> 32);
}

// The slot of the node, or the free one where it belongs.
static uint32_t *find(struct rp_stack_table *table, uint32_t hash,
                      uint32_t parent, uint64_t address) {
    uint32_t mask = 2 * table->room - 1;

    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        const struct rp_stack_table_node *node = &table->nodes[table->slots[i]];
        if (table->slots[i] == 0 ||
            (node->hash == hash && node->parent == parent &&
             node->address == address))
            return &table->slots[i];
    }
}

void rp_stack_table_free(struct rp_stack_table *table) {
    if (table->nodes == NULL)
        return;
    rp_system_unmap(table->nodes, table->room * sizeof *table->nodes);
    rp_system_unmap(table->slots,
                    2 * (size_t)table->room * sizeof *table->slots);
}

static bool grow(struct rp_stack_table *table, uint32_t room) {
    struct rp_stack_table old = *table;

    table->nodes = rp_system_map(room * sizeof *table->nodes, RP_MAP_OWN);
    table->slots =
        rp_system_map(2 * (size_t)room * sizeof *table->slots, RP_MAP_OWN);
    if (table->nodes == NULL || table->slots == NULL) {
        if (table->nodes != NULL)
            rp_system_unmap(table->nodes, room * sizeof *table->nodes);
        *table = old;
        return false;
    }
    table->room = room;
    if (old.nodes == NULL)
        return true;
    memcpy(table->nodes, old.nodes, old.count * sizeof *old.nodes);
    for (uint32_t i = table->first; i < table->count; i++) {
        const struct rp_stack_table_node *node = &table->nodes[i];
        *find(table, node->hash, node->parent, node->address) = i;
    }
    rp_stack_table_free(&old);
    return true;
}

bool rp_stack_table_start(struct rp_stack_table *table, uint32_t first) {
    uint32_t room = FIRST_ROOM;

    while (room <= first)
        room *= 2;
    *table =
        (struct rp_stack_table){.first = first, .count = first, .told = first};
    return grow(table, room);
}

uint32_t rp_stack_table_child(struct rp_stack_table *table, uint32_t parent,
                              uint64_t address) {
    uint32_t hash = node_hash(parent, address);
    uint32_t *slot = find(table, hash, parent, address);

    if (*slot != 0)
        return *slot;
    if (table->count == table->room) {
        if (table->room > UINT32_MAX / 4 || !grow(table, 2 * table->room))
            return 0;
        slot = find(table, hash, parent, address);
    }
    table->nodes[table->count] =
        (struct rp_stack_table_node){address, parent, hash};
    return *slot = table->count++;
}

uint32_t rp_stack_table_add(struct rp_stack_table *table,
                            const uint64_t *frames, uint32_t count) {
    uint32_t node = 0;

    while (count-- > 0) {
        node = rp_stack_table_child(table, node, frames[count]);
        if (node == 0)
            break;
    }
    return node;
}

size_t rp_stack_table_tell(struct rp_stack_table *table, uint8_t *payload,
                           size_t room) {
    uint8_t *at = payload, *end = payload + room - 3 * TRACE_MAX_VARINT;

    if (table->told == table->count)
        return 0;
    at = rp_put_varint(at, table->told);
    for (; table->told < table->count && at < end; table->told++) {
        const struct rp_stack_table_node *node = &table->nodes[table->told];
        uint64_t base = table->nodes[node->parent].address;
        at = rp_put_varint(at, table->told - node->parent);
        at = rp_put_varint(at, trace_zigzag(node->address - base));
    }
    return (size_t)(at - payload);
}
