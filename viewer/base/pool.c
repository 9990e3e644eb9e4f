// pool.c - memory that is asked for in the name of one recording.
//
// Invariant: the blocks of a pool are a list, each knows the link to itself,
// and pool->bytes is the sum of their sizes.
#include "viewer/base/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/number.h"

struct pool_block {
    struct pool_block *next, **link;
    uint64_t bytes; // with this head
    uint64_t unused;
};

_Static_assert(sizeof(struct pool_block) % 16 == 0, "what follows is aligned");

void pool_start(struct pool *pool, uint64_t limit) {
    *pool = (struct pool){.limit = limit};
}

void pool_free(struct pool *pool) {
    for (struct pool_block *block = pool->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    pool->blocks = NULL;
    pool->bytes = 0;
}

void pool_done(struct pool *pool) {
    pool->out = NULL;
}

bool pool_fail(const struct pool *pool, const char *path,
               struct failure *failure) {
    if (!pool->over)
        return fail(failure,
                    "%s: out of memory: the system has no %s more to give",
                    path, number_iec(pool->refused).text);
    return fail(failure,
                "%s: reading the trace takes more than %s of memory, more than "
                "its size and its blocks explain: it is damaged, or made to do "
                "harm",
                path, number_iec(pool->limit).text);
}

_Noreturn static void refuse(struct pool *pool, uint64_t bytes, bool over) {
    if (!pool || !pool->out) {
        fprintf(stderr, "rpscope: out of memory (asked for %llu bytes)\n",
                (unsigned long long)bytes);
        exit(2);
    }
    pool->refused = bytes;
    pool->over = over;
    longjmp(*pool->out, 1);
}

// The size of a block with its head, when it may be had.
static uint64_t allow(struct pool *pool, size_t count, size_t bytes,
                      uint64_t in_place_of) {
    if (bytes > 0 && count > (SIZE_MAX / 2 - sizeof(struct pool_block)) / bytes)
        refuse(pool, SIZE_MAX, true);
    uint64_t size = sizeof(struct pool_block) + (uint64_t)count * bytes;
    if (!pool)
        return size;
    uint64_t sum = pool->bytes - in_place_of + size;
    if (!pool->out)
        return size; // nobody is there to be told
    if (sum > pool->limit && pool->explained) {
        uint64_t explained = pool->explained(pool->context);
        if (explained > pool->limit)
            pool->limit = explained;
    }
    if (sum > pool->limit)
        refuse(pool, size, true);
    return size;
}

static void *link_block(struct pool *pool, struct pool_block *block,
                        uint64_t size) {
    block->bytes = size;
    block->next = NULL;
    block->link = NULL;
    if (pool) {
        block->next = pool->blocks;
        block->link = &pool->blocks;
        if (block->next)
            block->next->link = &block->next;
        pool->blocks = block;
        pool->bytes += size;
        if (pool->bytes > pool->most)
            pool->most = pool->bytes;
    }
    return block + 1;
}

static void unlink_block(struct pool *pool, struct pool_block *block) {
    if (!block->link)
        return;
    *block->link = block->next;
    if (block->next)
        block->next->link = block->link;
    pool->bytes -= block->bytes;
}

void *pool_get(struct pool *pool, size_t bytes) {
    uint64_t size = allow(pool, bytes, 1, 0);
    struct pool_block *block = malloc(size);
    if (!block)
        refuse(pool, size, false);
    return link_block(pool, block, size);
}

void *pool_zeroed(struct pool *pool, size_t count, size_t bytes) {
    uint64_t size = allow(pool, count, bytes, 0);
    struct pool_block *block = calloc(1, size);
    if (!block)
        refuse(pool, size, false);
    return link_block(pool, block, size);
}

void *pool_resize(struct pool *pool, void *memory, size_t count, size_t bytes) {
    if (!memory)
        return pool_get(pool, allow(pool, count, bytes, 0) -
                                  sizeof(struct pool_block));
    struct pool_block *block = (struct pool_block *)memory - 1;
    uint64_t before = block->bytes;
    uint64_t size = allow(pool, count, bytes, before);
    struct pool_block *moved = realloc(block, size);
    if (!moved)
        refuse(pool, size, false);
    if (moved->link) {
        *moved->link = moved;
        if (moved->next)
            moved->next->link = &moved->next;
        pool->bytes += size - before;
        if (pool->bytes > pool->most)
            pool->most = pool->bytes;
    }
    moved->bytes = size;
    return moved + 1;
}

char *pool_text(struct pool *pool, const char *text, size_t bytes) {
    char *copy = pool_get(pool, bytes + 1);
    if (bytes > 0)
        memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return copy;
}

void *pool_grow(struct pool *pool, void *array, size_t count, size_t *capacity,
                size_t bytes) {
    if (count < *capacity)
        return array;
    size_t more = *capacity ? *capacity * 2 : 16;
    array = pool_resize(pool, array, more, bytes);
    *capacity = more;
    return array;
}

void pool_give(struct pool *pool, void *memory) {
    if (!memory)
        return;
    struct pool_block *block = (struct pool_block *)memory - 1;
    unlink_block(pool, block);
    free(block);
}
