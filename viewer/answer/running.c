// running.c - does the process of a trace still run, and the recording with it?
#include "viewer/answer/running.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// When the system had started, and when, in ticks behind that, the process.
static bool read_start(uint32_t process_id, uint64_t *ticks) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%u/stat", process_id);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(line, sizeof line, file);
    if (file)
        fclose(file);
    // The name, in brackets, may hold anything; the start is the 20th behind.
    char *at = read ? strrchr(line, ')') : NULL;
    for (int i = 0; at && i < 20; i++)
        at = strchr(at + 1, ' ');
    return at && sscanf(at, "%" SCNu64, ticks) == 1;
}

bool process_runs(uint32_t process_id, uint64_t start_unix_ns) {
    const uint64_t second = 1000000000;
    struct timespec now, up;
    uint64_t ticks;
    long rate = sysconf(_SC_CLK_TCK);
    if (rate <= 0 || !read_start(process_id, &ticks) ||
        clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        clock_gettime(CLOCK_BOOTTIME, &up) != 0)
        return false;
    uint64_t booted = ((uint64_t)now.tv_sec - (uint64_t)up.tv_sec) * second;
    uint64_t began = booted + ticks * (second / (uint64_t)rate);
    return began <= start_unix_ns + 2 * second;
}
