// pack.c - values written one after the other, to be read again in that order.
#include "viewer/base/pack.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

void pack_free(struct pack *pack) {
    free(pack->bytes);
    *pack = (struct pack){0};
}

void pack_section(struct pack *pack, uint32_t number) {
    if (pack->section)
        pack->section(pack->context, number);
}

void pack_put(struct pack *pack, const void *value, size_t bytes) {
    if (pack->spill) {
        pack->spill(pack->context, value, bytes);
        return;
    }
    if (bytes > pack->capacity - pack->size) {
        pack->capacity = (pack->size + bytes) * 2;
        pack->bytes = memory_resize(pack->bytes, pack->capacity, 1);
    }
    if (bytes > 0)
        memcpy(pack->bytes + pack->size, value, bytes);
    pack->size += bytes;
}

bool pack_is_bool(const bool *value) {
    unsigned char byte;
    memcpy(&byte, value, sizeof byte);
    return byte <= 1;
}

static size_t left(const struct pack *pack) {
    return pack->fill ? pack->left : pack->size - pack->read;
}

bool pack_take(struct pack *pack, void *value, size_t bytes) {
    if (bytes > left(pack))
        return false;
    if (pack->fill) {
        pack->left -= bytes;
        return pack->fill(pack->context, value, bytes);
    }
    if (bytes > 0)
        memcpy(value, pack->bytes + pack->read, bytes);
    pack->read += bytes;
    return true;
}

void pack_put_array(struct pack *pack, const void *array, size_t count,
                    size_t bytes) {
    pack_put(pack, &count, sizeof count);
    pack_put(pack, array, count * bytes);
}

bool pack_take_array(struct pack *pack, struct pool *pool, void **array,
                     size_t *count, size_t bytes) {
    size_t many;
    pool_give(pool, *array);
    *array = NULL;
    *count = 0;
    if (!pack_take(pack, &many, sizeof many) || many > left(pack) / bytes)
        return false;
    *array = pool_get(pool, many * bytes);
    *count = many;
    return pack_take(pack, *array, many * bytes);
}
