// unload.c - a level is unloaded and another one loaded: blocks of mixed sizes
// are freed in random order, and as many taken again.
//
// Prints page faults and what is resident when all is freed.
//
// Arguments: rounds, thousands of blocks.
#include "figures.h"

enum { SIZE_LOW = 16, SIZE_HIGH = 2015 };

static void **blocks;
static uint16_t *sizes;
static uint32_t *order;
static size_t count;

static void fill(struct bench_random *random) {
    for (size_t i = 0; i < count; i++) {
        sizes[i] = (uint16_t)bench_between(random, SIZE_LOW, SIZE_HIGH);
        blocks[i] = bench_take(sizes[i]);
        memset(blocks[i], bench_mark(sizes[i]), sizes[i]);
    }
}

static void empty(struct bench_random *random) {
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t other = bench_below(random, (uint32_t)i);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
    for (size_t i = 0; i < count; i++) {
        bench_give(blocks[order[i]], sizes[order[i]]);
    }
}

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 2);
    struct bench_random random = bench_seed(0);

    figures_begin();
    count = bench_argument(argc, argv, 2, 300) * 1000;
    blocks = malloc(count * sizeof(*blocks));
    sizes = malloc(count * sizeof(*sizes));
    order = malloc(count * sizeof(*order));
    if (!blocks || !sizes || !order) {
        bench_fail("malloc returned NULL");
    }
    memset(blocks, 1, count * sizeof(*blocks)); // touched before the start
    memset(sizes, 1, count * sizeof(*sizes));
    memset(order, 1, count * sizeof(*order));
    size_t start = figures_resident();
    size_t faults = figures_faults();
    for (unsigned long i = 0; i < rounds; i++) {
        fill(&random);
        empty(&random);
    }
    fill(&random);
    figures_say("faults", (double)(figures_faults() - faults));
    empty(&random);
    figures_say("MiB resident, all freed", figures_above(start));
    return 0;
}
