// pool.h - memory that is asked for in the name of one recording.
//
// Bytes are counted, and there is a limit to them: a trace that was damaged, or
// made to do harm, must not ask for more than its size and its blocks explain.
// Whoever asks never gets NULL. When the limit is reached, or the system has
// no more, the work ends where pool_try began it, and all of its memory can be
// given back there at once.
//
// Outside of pool_try there is no limit, and when the system has no more the
// program ends, as by memory.h. So it does for a NULL pool, which counts
// nothing. Not thread-safe: a pool belongs to one thread at a time.
#ifndef RPSCOPE_BASE_POOL_H
#define RPSCOPE_BASE_POOL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/fail.h"

struct pool_block;

struct pool {
    uint64_t bytes, most; // asked for and not given back; the most so far
    uint64_t limit;
    // Called when the limit is reached: a higher one, when what was read by now
    // explains it. May be NULL.
    uint64_t (*explained)(const void *context);
    const void *context;
    struct pool_block *blocks;
    jmp_buf *out;
    uint64_t refused; // bytes that were asked for last, in vain
    bool over;        // the limit was in the way, and not the system
};

void pool_start(struct pool *pool, uint64_t limit);
// Gives everything back.
void pool_free(struct pool *pool);

// Work that may end for want of memory:
//
//     jmp_buf out;
//     if (pool_try(&pool, out)) { ... work ...; pool_done(&pool); }
//     else { clean up; pool_fail(&pool, path, failure); }
//
// Locals that the work changes are volatile, as setjmp has it.
#define pool_try(pool, out) ((pool)->out = &(out), setjmp(out) == 0)
void pool_done(struct pool *pool);
// The sentence; returns false.
bool pool_fail(const struct pool *pool, const char *path,
               struct failure *failure);

void *pool_get(struct pool *pool, size_t bytes); // not zeroed; may be 0
void *pool_zeroed(struct pool *pool, size_t count, size_t bytes);
void *pool_resize(struct pool *pool, void *memory, size_t count, size_t bytes);
char *pool_text(struct pool *pool, const char *text, size_t bytes);
// As memory_grow.
void *pool_grow(struct pool *pool, void *array, size_t count, size_t *capacity,
                size_t bytes);
void pool_give(struct pool *pool, void *memory); // NULL is ignored

#endif
