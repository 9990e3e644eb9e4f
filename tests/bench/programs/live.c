// live.c - random sizes with a fixed number of live blocks: each step frees a
// random block and allocates another in its place.
//
// Places and sizes are drawn beforehand; the loop reads them from a table.
//
// Arguments: thousands of pairs, live blocks, least size, greatest size.
#include "bench.h"

enum {
    STEPS = 1 << 14, // then the table starts again
    LIVE_MAX = 1 << 16,
};

struct step {
    uint16_t slot;
    uint16_t size;
};

int main(int argc, char **argv) {
    static struct step steps[STEPS];
    static void *blocks[LIVE_MAX];
    unsigned long pairs = bench_argument(argc, argv, 1, 1000) * 1000;
    unsigned long live = bench_argument(argc, argv, 2, 2000);
    size_t low = bench_argument(argc, argv, 3, 16);
    size_t high = bench_argument(argc, argv, 4, 1024);
    struct bench_random random = bench_seed(0);

    if (live < 1 || live > LIVE_MAX || low > high || high > UINT16_MAX) {
        bench_fail("live blocks are 1 to 65536, sizes up to 65535");
    }
    for (int i = 0; i < STEPS; i++) {
        steps[i].slot = (uint16_t)bench_below(&random, (uint32_t)live);
        steps[i].size = (uint16_t)bench_between(&random, low, high);
    }
    for (unsigned long i = 0; i < live; i++) {
        blocks[i] = malloc(steps[i % STEPS].size);
    }
    for (unsigned long i = 0; i < pairs; i++) {
        struct step step = steps[i % STEPS];
        free(blocks[step.slot]);
        blocks[step.slot] = malloc(step.size);
    }
    for (unsigned long i = 0; i < live; i++) {
        free(blocks[i]);
    }
    return 0;
}
