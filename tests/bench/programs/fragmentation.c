// fragmentation.c - memory held after filling, after a random 90 % is freed,
// after filling up again, and after everything is freed.
//
// Prints one line: live bytes and resident bytes, for each of the phases
// `start full sparse refilled empty`. The resident bytes are the system's own
// count for the process, so they include what was there at `start`: the
// program, its libraries and its tables, all touched before that moment.
//
// Arguments: thousands of blocks.
#include "bench.h"

#include <fcntl.h>
#include <unistd.h>

enum {
    SIZE_LOW = 16,
    SIZE_HIGH = 512,
};

static void **blocks;
static uint16_t *sizes;
static size_t count;
static size_t live;

// Reads without allocating.
static size_t resident(void) {
    char text[128] = {0};
    int file = open("/proc/self/statm", O_RDONLY);
    if (file < 0 || read(file, text, sizeof(text) - 1) <= 0) {
        bench_fail("/proc/self/statm cannot be read");
    }
    close(file);
    char *end;
    strtoul(text, &end, 10);
    return strtoul(end, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static void note(void) {
    printf("%zu %zu ", live, resident());
}

// Fills every empty place, writing every byte.
static void fill(struct bench_random *random) {
    for (size_t i = 0; i < count; i++) {
        if (!blocks[i]) {
            sizes[i] = (uint16_t)bench_between(random, SIZE_LOW, SIZE_HIGH);
            blocks[i] = bench_take(sizes[i]);
            memset(blocks[i], bench_mark(sizes[i]), sizes[i]);
            live += sizes[i];
        }
    }
}

// Frees each block with a chance of `percent` in 100.
static void thin(struct bench_random *random, uint32_t percent) {
    for (size_t i = 0; i < count; i++) {
        if (blocks[i] && bench_below(random, 100) < percent) {
            bench_give(blocks[i], sizes[i]);
            live -= sizes[i];
            blocks[i] = NULL;
        }
    }
}

int main(int argc, char **argv) {
    struct bench_random random = bench_seed(0);
    static char output[512]; // stdio then allocates nothing

    setvbuf(stdout, output, _IOFBF, sizeof(output));
    count = bench_argument(argc, argv, 1, 1000) * 1000;
    blocks = malloc(count * sizeof(*blocks));
    sizes = malloc(count * sizeof(*sizes));
    if (!blocks || !sizes) {
        bench_fail("malloc returned NULL");
    }
    memset(blocks, 1, count * sizeof(*blocks)); // touched before `start`
    memset(blocks, 0, count * sizeof(*blocks));
    memset(sizes, 1, count * sizeof(*sizes));

    note();
    fill(&random);
    note();
    thin(&random, 90);
    note();
    fill(&random);
    note();
    thin(&random, 100);
    note();
    puts("");
    free(blocks);
    free(sizes);
    return 0;
}
