// memory.c - memory for the viewer's own tables.
#include "viewer/base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *out_of_memory(size_t bytes) {
    fprintf(stderr, "rpscope: out of memory (asked for %zu bytes)\n", bytes);
    exit(2);
}

void *memory_get(size_t bytes) {
    void *memory = malloc(bytes ? bytes : 1);
    return memory ? memory : out_of_memory(bytes);
}

void *memory_zeroed(size_t count, size_t bytes) {
    void *memory = calloc(count ? count : 1, bytes);
    return memory ? memory : out_of_memory(count * bytes);
}

void *memory_resize(void *memory, size_t count, size_t bytes) {
    if (bytes && count > SIZE_MAX / bytes)
        return out_of_memory(SIZE_MAX);
    void *moved = realloc(memory, count && bytes ? count * bytes : 1);
    return moved ? moved : out_of_memory(count * bytes);
}

char *memory_text(const char *text, size_t bytes) {
    char *copy = memory_get(bytes + 1);
    if (bytes)
        memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return copy;
}

void *memory_grow(void *array, size_t count, size_t *capacity, size_t bytes) {
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 16;
    return memory_resize(array, *capacity, bytes);
}
