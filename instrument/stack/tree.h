// tree.h - the call stacks of all threads, as one tree.
//
// A node is a return address and the node of its caller; a stack is the node of
// its innermost frame. So whoever knows the node of an outer frame has only the
// frames inside of it to look up. Nodes lie in lines of four, in a series of
// tables, each four times the size of the one before. In each a node has two
// lines, on one page, so that a table is almost full before much is in the next
// one, where each node by itself costs a page. A node is in the first line that
// had a place for it, and is never removed or moved. Which lines, follows from
// the addresses alone: so whoever looks up several frames of a stack can fetch
// all their lines at once, though each node has to be found before the next.
// Two threads that add the same node at once may make two of it, which whoever
// reads must allow. The tables lie in shared memory, and nothing in them is an
// address, so another process can read them.
//
// Invariant: a node whose address is not 0 is whole and does not change.
// Progress:  wait-free, but for the system's when a table is made.
#ifndef RP_INSTRUMENT_STACK_TREE_H
#define RP_INSTRUMENT_STACK_TREE_H

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/shm/shm.h"

enum {
    RP_TREE_TABLES = 6,
    RP_TREE_IN_LINE = 4,
    RP_TREE_NEAR_BITS = 6,   // of the number of lines of a page
    RP_TREE_FIRST_BITS = 11, // of the number of lines of the first table
    RP_TREE_INDEX_BITS = 28, // a number: table + 1, and the place in it
};

struct rp_tree_node {
    _Atomic uint64_t address; // 0: there is no node yet
    _Atomic uint32_t parent;  // number + 1; 0: nobody has taken the place
    uint32_t unused;
};

// What lies in the shared memory, zeroed before its first use.
struct rp_tree_shared {
    _Atomic uint64_t tables[RP_TREE_TABLES]; // offsets

    // Counts for the trace.
    _Alignas(64) _Atomic uint64_t lost; // stacks for which there was no place
    _Atomic uint64_t unwound;           // that only libunwind understood
    _Atomic uint64_t checks;            // that were compared with libunwind's
    _Atomic uint64_t differences;       // of them, that were not equal
};

// A process' view of it.
struct rp_tree {
    _Atomic(struct rp_tree_node *) tables[RP_TREE_TABLES];
    struct rp_shm *shm;
    struct rp_tree_shared *shared;
};

// Makes what lies in the shared memory; returns its offset, 0: no memory.
uint64_t rp_tree_make(struct rp_shm *shm);

// Readies a view, which is zeroed, of what lies there. false: nothing can.
bool rp_tree_open(struct rp_tree *tree, struct rp_shm *shm, uint64_t offset);

// The hash of a node, by that of its parent (0: it is the outermost frame).
static inline uint64_t rp_tree_hash(uint64_t parent, uint64_t address) {
    uint64_t hash = (address ^ parent) * 0x9e3779b97f4a7c15u;

    return hash ^ hash >> 32;
}

// How many numbers a table has.
static inline uint32_t rp_tree_room(unsigned table) {
    return (uint32_t)RP_TREE_IN_LINE << (RP_TREE_FIRST_BITS + 2 * table);
}

// The first number of the first line of a hash.
static inline uint32_t rp_tree_line(uint64_t hash, unsigned table) {
    unsigned bits = RP_TREE_FIRST_BITS + 2 * table;

    return (uint32_t)(hash >> (64 - bits)) * RP_TREE_IN_LINE;
}
// That of the other one.
static inline uint32_t rp_tree_other_line(uint64_t hash, unsigned table) {
    uint32_t away = (uint32_t)hash % (1u << RP_TREE_NEAR_BITS) | 1;

    return rp_tree_line(hash, table) ^ away * RP_TREE_IN_LINE;
}

// A node of this hash is about to be looked up. It is in one of the first two
// tables, if it is not of a program with very many.
static inline void rp_tree_expect(const struct rp_tree *tree, uint64_t hash) {
    for (unsigned i = 0; i < 2; i++) {
        // relaxed: nothing is read
        const struct rp_tree_node *table = load_relaxed(&tree->tables[i]);
        if (table != NULL)
            __builtin_prefetch(&table[rp_tree_line(hash, i)]);
    }
}

// Looks through all tables, and adds the node if it is not there; *added: it is
// new. 0: no place or no memory.
uint32_t rp_tree_child_slow(struct rp_tree *tree, uint32_t parent,
                            uint64_t hash, uint64_t address, bool *added);

// Which of the nodes of a line are that one, a bit each. Which of the four it
// is, cannot be guessed: no branch tells.
static inline uint32_t rp_tree_in_line(const struct rp_tree_node *line,
                                       uint32_t parent, uint64_t address) {
    uint32_t found = 0;

#pragma GCC unroll 4
    for (uint32_t i = 0; i < RP_TREE_IN_LINE; i++) {
        // acquire [node]: its parent
        uint64_t differs = load_acquire(&line[i].address) ^ address;
        differs |= load_relaxed(&line[i].parent) ^ (parent + 1); // by [node]
        found |= (uint32_t)(differs == 0) << i;
    }
    return found;
}

// The number of the node of `address` (not 0), called by node `parent` (0: it
// is the outermost frame). `hash` is that of its node. *added is left alone
// where it is not new. Any thread, signal handlers too. Fast path: the nodes of
// the first table.
static inline uint32_t rp_tree_child(struct rp_tree *tree, uint32_t parent,
                                     uint64_t hash, uint64_t address,
                                     bool *added) {
    // acquire [table]: that it is zeroed and mapped
    const struct rp_tree_node *table = load_acquire(&tree->tables[0]);
    uint32_t first = rp_tree_line(hash, 0);

    if (RP_LIKELY(table != NULL)) {
        uint32_t found = rp_tree_in_line(&table[first], parent, address);
        if (RP_LIKELY(found != 0))
            return UINT32_C(1) << RP_TREE_INDEX_BITS |
                   (first + lowest_bit(found));
    }
    return rp_tree_child_slow(tree, parent, hash, address, added);
}

// Where a number other than 0 is: the table, and the place in it.
static inline unsigned rp_tree_table(uint32_t number) {
    return (number >> RP_TREE_INDEX_BITS) - 1;
}
static inline uint32_t rp_tree_index(uint32_t number) {
    return number & ((UINT32_C(1) << RP_TREE_INDEX_BITS) - 1);
}

// By who drains, and adds no nodes: learns where the tables are that it has
// been told numbers of. Before rp_tree_at.
void rp_tree_refresh(struct rp_tree *tree);

// Whether there is a node of that number, which anybody may have written; by
// who has refreshed.
static inline bool rp_tree_has(const struct rp_tree *tree, uint32_t number) {
    unsigned table = rp_tree_table(number);

    // relaxed: as below
    return table < RP_TREE_TABLES &&
           rp_tree_index(number) < rp_tree_room(table) &&
           load_relaxed(&tree->tables[table]) != NULL;
}

// The node of a number other than 0. The caller has got the number from
// whoever looked it up, by a release and an acquire.
static inline struct rp_tree_node *rp_tree_at(const struct rp_tree *tree,
                                              uint32_t number) {
    // relaxed: who handed over the number has handed over the table
    return &load_relaxed(
        &tree->tables[rp_tree_table(number)])[rp_tree_index(number)];
}

static inline uint32_t rp_tree_parent(const struct rp_tree_node *node) {
    return load_relaxed(&node->parent) - 1; // relaxed: see rp_tree_at
}

#endif
