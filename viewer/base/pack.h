// pack.h - values written one after the other, to be read again in that order.
//
// The bytes are those of this machine and this build: what is packed does not
// travel.
#ifndef RPSCOPE_BASE_PACK_H
#define RPSCOPE_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pool.h"

struct pack {
    uint8_t *bytes;
    size_t size, capacity;
    size_t read; // so far
};

void pack_free(struct pack *pack);

void pack_put(struct pack *pack, const void *value, size_t bytes);
// False when there are not that many bytes left.
bool pack_take(struct pack *pack, void *value, size_t bytes);

// An array of `count` elements of `bytes` each, with its count.
void pack_put_array(struct pack *pack, const void *array, size_t count,
                    size_t bytes);
// Replaces *array, which is of the pool, and *count. False, and an empty array,
// when there is none.
bool pack_take_array(struct pack *pack, struct pool *pool, void **array,
                     size_t *count, size_t bytes);

#endif
