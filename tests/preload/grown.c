// grown.c - a program that grows to 20 MiB of small blocks. Prints how many
// pages it faulted for meanwhile, and how many KiB of huge pages it has; -1
// where the system does not tell.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SIZE = 200, COUNT = (20 << 20) / SIZE };

static long faults(void) {
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

static long huge_kib(void) {
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    long kib = -1;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        sscanf(line, "AnonHugePages: %ld", &kib);
    if (file != NULL)
        fclose(file);
    return kib;
}

int main(void) {
    static char *blocks[COUNT];
    memset(blocks, 1, sizeof blocks);
    long before = faults();

    for (int i = 0; i < COUNT; ++i) {
        blocks[i] = malloc(SIZE);
        if (blocks[i] == NULL)
            return 1;
        memset(blocks[i], 1, SIZE);
    }

    printf("%ld %ld\n", faults() - before, huge_kib());
    return 0;
}
