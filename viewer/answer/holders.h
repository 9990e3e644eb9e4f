// holders.h - who held something, one after the other, up to now.
//
// Of all that hold a thing at one time, the one that has held it longest is
// told; before that one began, the one that had held it longest then; and so
// back to when nobody held it. That is the shortest list which covers all of
// the time, and it is known at any moment without keeping who is gone: each
// holder is linked to the one that had held longest when it began.
//
// Invariant: `oldest` leads through all that hold now, in the order in which
// they began; a holder that has ended is kept as long as a later one is linked
// to it.
#ifndef RPSCOPE_ANSWER_HOLDERS_H
#define RPSCOPE_ANSWER_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pool.h"

enum { HOLDERS_MOST = 1024 }; // in a row that are kept, at least

// What one of them is: what holders.c does not look at.
struct holder_facts {
    uint8_t kind;
    uint32_t span, block, heap, ring, stack;
    uint32_t state; // that told of it last
    uint64_t bytes;
};

struct holder {
    struct holder_facts facts;
    uint64_t from, to; // steps; to: UINT64_MAX while it holds
    // Before it; NULL: nobody did, or (is_cut) nobody is known any more.
    struct holder *before;
    bool is_cut;
    uint32_t links;                 // later ones that are linked to it
    uint32_t depth;                 // how many are before it
    struct holder *older, *younger; // of those that hold now
    uint64_t id;
    struct holder *next; // of those with the same place by id
};

struct holders {
    struct pool *pool;
    struct holder *oldest, *youngest;
    struct holder **by_id; // chains
    size_t count, places;
};

void holders_start(struct holders *holders, struct pool *pool);
void holders_free(struct holders *holders);

// One begins to hold, from `from` on: later than all that were begun before, or
// at the same time. When one takes over from another, it begins before that one
// ends.
struct holder *holders_begin(struct holders *holders, uint64_t id,
                             const struct holder_facts *facts, uint64_t from);
// The last one with the id, or NULL.
struct holder *holders_find(const struct holders *holders, uint64_t id);
// It ends; NULL is ignored.
void holders_end(struct holders *holders, struct holder *holder, uint64_t to);

#endif
