// perf_map.c - functions of a run-time compiler, as it tells them to perf.
#include "viewer/names/perf_map.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/memory.h"

enum {
    MOST_BYTES = 256 << 20,     // of a file; the rest is not read
    MOST_CODE_BYTES = 64 << 20, // of one piece of code
    OVERLAPS = 64,              // pieces that may lie over one place
};

// One that everyone may have put there is believed only of who could lie to us
// anyhow.
static bool is_ours(const struct stat *status, uint64_t since, uint64_t until) {
    uint64_t written = (uint64_t)status->st_mtim.tv_sec * 1000000000u +
                       (uint64_t)status->st_mtim.tv_nsec;
    return S_ISREG(status->st_mode) && written >= since && written <= until &&
           (status->st_uid == geteuid() || geteuid() == 0);
}

// What the file has now; what is added meanwhile is not looked at.
static char *read_file(const char *path, uint64_t since, uint64_t until,
                       size_t *size) {
    int file =
        open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    char *text = NULL;
    *size = 0;
    if (file < 0)
        return NULL;
    if (fstat(file, &status) == 0 && is_ours(&status, since, until)) {
        size_t bytes = status.st_size < MOST_BYTES ? (size_t)status.st_size
                                                   : (size_t)MOST_BYTES;
        ssize_t got = 1;
        text = memory_get(bytes + 1);
        while (*size < bytes && got > 0) {
            got = read(file, text + *size, bytes - *size);
            if (got > 0)
                *size += (size_t)got;
        }
        text[*size] = '\0';
    }
    close(file);
    return text;
}

// "START SIZE NAME"; false: it is something else, or cannot be.
static bool read_line(char *line, struct perf_code *code) {
    char *end;
    if (!strchr("0123456789abcdefABCDEF", *line))
        return false;
    code->start = strtoull(line, &end, 16);
    if (*end != ' ' || !strchr("0123456789abcdefABCDEF", end[1]))
        return false;
    uint64_t size = strtoull(end + 1, &end, 16);
    if (*end != ' ' || !end[1] || size == 0 || size > MOST_CODE_BYTES ||
        code->start > UINT64_MAX - size)
        return false;
    code->end = code->start + size;
    code->name = end + 1;
    return true;
}

static int compare(const void *left, const void *right) {
    const struct perf_code *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

void perf_map_read(struct perf_map *map, const char *path, uint64_t since,
                   uint64_t until) {
    size_t size;
    *map = (struct perf_map){.text = read_file(path, since, until, &size)};
    char *line = map->text, *end;
    // A last line without its end is not whole.
    for (size_t number = 0;
         line && (end = memchr(line, '\n', size - (size_t)(line - map->text)));
         line = end + 1, number++) {
        struct perf_code code = {.line = number};
        *end = '\0';
        if (!*line || !read_line(line, &code))
            continue;
        map->codes = memory_grow(map->codes, map->count, &map->capacity,
                                 sizeof *map->codes);
        map->codes[map->count++] = code;
    }
    if (map->count > 0)
        qsort(map->codes, map->count, sizeof *map->codes, compare);
}

void perf_map_free(struct perf_map *map) {
    free(map->codes);
    free(map->text);
}

const struct perf_code *perf_map_find(const struct perf_map *map,
                                      uint64_t instruction) {
    const struct perf_code *found = NULL;
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (map->codes[middle].start <= instruction)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t back = 0; back < OVERLAPS && back < low; back++) {
        const struct perf_code *code = &map->codes[low - 1 - back];
        if (instruction < code->end && (!found || code->line > found->line))
            found = code;
    }
    return found;
}
