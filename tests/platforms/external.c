// external.c - a program's own memory, at odd addresses.
#include "core/rpmalloc.h"

#include <stdlib.h>

enum { ODD = 3 };

void *rpmalloc_allocate_memory_external(size_t size) {
    char *memory = malloc(size + ODD);

    return memory != NULL ? memory + ODD : NULL;
}

void rpmalloc_deallocate_memory_external(void *pointer) {
    free((char *)pointer - ODD);
}
