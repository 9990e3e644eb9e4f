// directory.h - what stands at a number, for tables that only grow.
//
// Two levels: the root is small enough to be static, a leaf is made when the
// first of its entries is filled.
//
// Invariant: a leaf, and an entry, is written once, by who finds it NULL, and
//            stays what it is until the directory is forgotten.
// Progress:  reading is wait-free, filling lock-free as bookkeeping.h is.
// ABA:       nothing ever becomes NULL again.
#ifndef RP_CORE_MEMORY_DIRECTORY_H
#define RP_CORE_MEMORY_DIRECTORY_H

#include "core/base/atomic.h"

#include <stddef.h>
#include <stdint.h>

enum {
    DIRECTORY_LEAVES = 1024,
    LEAF_ENTRIES = 1024,
    DIRECTORY_ENTRIES = DIRECTORY_LEAVES * LEAF_ENTRIES,
};

struct directory_leaf {
    _Atomic(void *) entries[LEAF_ENTRIES];
};

// All zeroes: empty.
struct directory {
    _Atomic(struct directory_leaf *) leaves[DIRECTORY_LEAVES];
};

// What stands at the number, or NULL.
static inline void *directory_get(struct directory *directory,
                                  uint32_t number) {
    if (number >= DIRECTORY_ENTRIES)
        return NULL;
    // acquire [leaf]: its zeroes.
    struct directory_leaf *leaf =
        load_acquire(&directory->leaves[number / LEAF_ENTRIES]);
    // acquire [entry]: what the filler did with what stands there.
    return leaf != NULL ? load_acquire(&leaf->entries[number % LEAF_ENTRIES])
                        : NULL;
}

// Puts `what` at the number, unless something stands there; returns what does
// then. NULL: out of memory, or the number is too large.
void *rp_directory_fill(struct directory *directory, uint32_t number,
                        void *what);

// Forgets all. No other thread may use the directory.
void rp_directory_reset(struct directory *directory);

#endif
