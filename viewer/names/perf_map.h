// perf_map.h - functions of a run-time compiler, as it tells them to perf.
//
// A line for each piece of code, "START SIZE NAME" in hexadecimal, in
// /tmp/perf-PID.map: node, Java and CPython write it when they are asked to.
// Who writes it may be at it still, may tell what is not so, and may tell the
// same place again for other code: then the last line counts.
#ifndef RPSCOPE_NAMES_PERF_MAP_H
#define RPSCOPE_NAMES_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

struct perf_code {
    uint64_t start, end;
    const char *name;
    size_t line; // of two at one place, the later one counts
};

struct perf_map {
    char *text;
    struct perf_code *codes; // by start
    size_t count, capacity;
};

// Reads the file; none when there is none that is ours, or that was last
// written between the two (ns since 1970): it is of another process of that id.
void perf_map_read(struct perf_map *map, const char *path, uint64_t since,
                   uint64_t until);
void perf_map_free(struct perf_map *map);

// NULL: nothing is known of the instruction.
const struct perf_code *perf_map_find(const struct perf_map *map,
                                      uint64_t instruction);

#endif
