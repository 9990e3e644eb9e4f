// keys.h - numbers for what is met again and again: texts, frames, nodes.
//
// What was not met before gets the next number, from 0 on, so that the numbers
// are places in a table that is written at the same time.
#ifndef RPSCOPE_EXPORT_KEYS_H
#define RPSCOPE_EXPORT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key {
    uint8_t *bytes;
    size_t size;
    uint64_t hash;
};

// Zeroed before first use; given to keys_free afterwards.
struct keys {
    struct key *list; // by number
    size_t count, capacity;
    uint32_t *places; // open addressing: number + 1; 0 is empty
    size_t place_count;
};

// The number of these bytes; *is_new: they were not met before. The bytes are
// copied.
uint32_t keys_number(struct keys *keys, const void *bytes, size_t size,
                     bool *is_new);
// The same of a text; its copy ends with a NUL.
uint32_t keys_text(struct keys *keys, const char *text);

static inline const char *keys_text_of(const struct keys *keys, size_t number) {
    return (const char *)keys->list[number].bytes;
}

void keys_free(struct keys *keys);

#endif
