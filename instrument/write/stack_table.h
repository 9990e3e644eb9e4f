// stack_table.h - the tree of stacks in a trace: equal beginnings are kept
// once.
//
// A node is a return address and the node of its caller; a stack is the node
// of its innermost frame. Node 0 is the root. Only the drainer.
#ifndef RP_INSTRUMENT_WRITE_STACK_TABLE_H
#define RP_INSTRUMENT_WRITE_STACK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rp_stack_table_node {
    uint64_t address;
    uint32_t parent;
    uint32_t hash;
};

struct rp_stack_table {
    struct rp_stack_table_node *nodes; // nodes[0] is the root
    uint32_t count, room;
    uint32_t *slots; // node numbers by hash, 0: free; twice `room`
    uint32_t told;   // nodes below are in the trace
    uint32_t first;  // number of the first node but the root
};

// first: 1, or more when a trace has nodes already.
// false: no memory. So too below: then 0 stands for the node.
bool rp_stack_table_start(struct rp_stack_table *table, uint32_t first);
void rp_stack_table_free(struct rp_stack_table *table);

// The node of a return address that was called by node `parent`.
uint32_t rp_stack_table_child(struct rp_stack_table *table, uint32_t parent,
                              uint64_t address);

// The node of a stack of `count` return addresses, innermost first.
uint32_t rp_stack_table_add(struct rp_stack_table *table,
                            const uint64_t *frames, uint32_t count);

// Writes the nodes that were not told yet as a payload of TRACE_STACKS, as
// many as fit; returns its bytes, 0: all are told.
size_t rp_stack_table_tell(struct rp_stack_table *table, uint8_t *payload,
                           size_t room);

#endif
