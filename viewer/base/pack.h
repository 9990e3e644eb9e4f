// pack.h - values written one after the other, to be read again in that order.
//
// A pack is memory that grows, or, with `spill` and `fill`, goes on elsewhere a
// piece at a time: compressed, say.
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
    // Takes bytes, in the place of `bytes`; may be NULL.
    void (*spill)(void *context, const void *bytes, size_t count);
    // Writes the next bytes, exactly as many; false: there are not that many.
    bool (*fill)(void *context, void *bytes, size_t count);
    size_t left; // for fill: of all bytes, not read yet
    // Called where a part begins that has a number of its own, so that who
    // keeps packs of one thing at several times finds it again; may be NULL.
    void (*section)(void *context, uint32_t number);
    void *context;
};

void pack_free(struct pack *pack);

// What is put from here on is the section of this number. A run of bytes that
// may be long and changes in a few places begins where a section does.
void pack_section(struct pack *pack, uint32_t number);

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

// Whether a bool that was taken as bytes is one.
bool pack_is_bool(const bool *value);

#endif
