// intern.h - equal rows of words get equal numbers: stacks and texts.
//
// A series of hash tables, each four times the size of the one before, filled
// one after another. Nothing is ever removed or moved. A search goes through
// the tables in the order of their making, so what came early, and is likely
// to be common, is found early. Two threads may put the same row into two
// tables at once; then it has two numbers, which whoever reads must allow.
//
// Invariant: a chain reaches each of its rows exactly once; rows are written
//            before they are linked and not changed afterwards, but for
//            `note` and `writer`, which belong to the drainer.
// Progress:  lock-free.
#ifndef RP_INSTRUMENT_SHM_INTERN_H
#define RP_INSTRUMENT_SHM_INTERN_H

#include "instrument/shm/pool.h"

#include <stdbool.h>

enum { RP_INTERN_TABLES = 8, RP_INTERN_FIRST_BUCKETS = 1 << 12 };

struct rp_row {
    uint32_t next;  // in the chain
    uint32_t count; // of words
    uint64_t hash;
    uint32_t note;   // the drainer's
    uint32_t writer; // which drainer's; 0 at first
    uint32_t unused[2];
    uint64_t words[];
};

struct rp_intern_table {
    _Atomic(_Atomic uint32_t *) buckets; // numbers of first rows
    _Atomic uint32_t rows;
};

struct rp_intern {
    struct rp_pool pool;
    struct rp_intern_table tables[RP_INTERN_TABLES];
};

// The number of the row of `count` words; 0 when there is no memory for it.
// *added: whether it is new. But for its pool, the structure must be zeroed
// before its first use. Any thread, signal handlers too.
uint32_t rp_intern(struct rp_intern *intern, const uint64_t *words,
                   uint32_t count, bool *added);

static inline struct rp_row *rp_intern_row(const struct rp_intern *intern,
                                           uint32_t number) {
    return rp_pool_at(&intern->pool, number);
}

// The same for a text without NUL: word 0 of its row holds the length, the
// bytes follow, padded with zeros. Longer texts are cut.
enum { RP_TEXT_BYTES = 1024 };
uint32_t rp_intern_text(struct rp_intern *intern, const char *text,
                        size_t bytes, bool *added);

#endif
