// keys.c - numbers for what is met again and again: texts, frames, nodes.
#include "viewer/export/keys.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum { FIRST_PLACES = 1 << 10 };

// FNV-1a.
static uint64_t hash_of(const uint8_t *bytes, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static void put(struct keys *keys, uint32_t number) {
    size_t at = keys->list[number].hash & (keys->place_count - 1);
    while (keys->places[at])
        at = (at + 1) & (keys->place_count - 1);
    keys->places[at] = number + 1;
}

// At most half of the places are in use.
static void make_room(struct keys *keys) {
    if (keys->place_count > 2 * keys->count)
        return;
    keys->place_count =
        keys->place_count ? 2 * keys->place_count : (size_t)FIRST_PLACES;
    free(keys->places);
    keys->places = memory_zeroed(keys->place_count, sizeof *keys->places);
    for (size_t i = 0; i < keys->count; i++)
        put(keys, (uint32_t)i);
}

static bool is_same(const struct key *key, const void *bytes, size_t size,
                    uint64_t hash) {
    return key->hash == hash && key->size == size &&
           memcmp(key->bytes, bytes, size) == 0;
}

uint32_t keys_number(struct keys *keys, const void *bytes, size_t size,
                     bool *is_new) {
    uint64_t hash = hash_of(bytes, size);
    make_room(keys);
    for (size_t at = hash & (keys->place_count - 1); keys->places[at];
         at = (at + 1) & (keys->place_count - 1)) {
        uint32_t number = keys->places[at] - 1;
        if (is_same(&keys->list[number], bytes, size, hash)) {
            *is_new = false;
            return number;
        }
    }
    keys->list = memory_grow(keys->list, keys->count, &keys->capacity,
                             sizeof *keys->list);
    keys->list[keys->count] =
        (struct key){(uint8_t *)memory_text(bytes, size), size, hash};
    put(keys, (uint32_t)keys->count);
    *is_new = true;
    return (uint32_t)keys->count++;
}

uint32_t keys_text(struct keys *keys, const char *text) {
    bool is_new;
    return keys_number(keys, text, strlen(text), &is_new);
}

void keys_free(struct keys *keys) {
    for (size_t i = 0; i < keys->count; i++)
        free(keys->list[i].bytes);
    free(keys->list);
    free(keys->places);
    *keys = (struct keys){0};
}
