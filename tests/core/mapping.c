// mapping.c - fulfils mapping.h.
#include "tests/core/mapping.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

// Calls visit for each line of the mapping, until it returns 1; returns that.
static int each_line(const char *file, const void *address,
                     int (*visit)(const char *line, void *context),
                     void *context) {
    FILE *maps = fopen(file, "r");
    char line[512];
    int is_ours = 0, is_found = 0;

    while (maps != NULL && !is_found &&
           fgets(line, sizeof line, maps) != NULL) {
        unsigned long first, end;
        if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
            is_ours = first <= (uintptr_t)address && (uintptr_t)address < end;
        is_found = is_ours && visit(line, context);
    }
    if (maps != NULL)
        fclose(maps);
    return is_found;
}

static int has_text(const char *line, void *text) {
    return strstr(line, text) != NULL;
}

int mapping_says(const char *file, const void *address, const char *text) {
    return each_line(file, address, has_text, (void *)(uintptr_t)text);
}

struct figure {
    const char *name;
    size_t kib;
};

static int has_figure(const char *line, void *context) {
    struct figure *figure = context;
    size_t length = strlen(figure->name);

    return strncmp(line, figure->name, length) == 0 && line[length] == ':' &&
           sscanf(line + length + 1, "%zu", &figure->kib) == 1;
}

size_t mapping_kib(const void *address, const char *name) {
    struct figure figure = {name, 0};

    each_line("/proc/self/smaps", address, has_figure, &figure);
    return figure.kib;
}
