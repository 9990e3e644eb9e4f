// tail.c - what the slowest mallocs take.
//
// Random blocks are replaced as in live.c, each malloc timed by itself. Prints
// ns: the median, those of which one in a hundred, a thousand, ten thousand
// takes longer. The clock is in them.
//
// Arguments: thousands of mallocs, live blocks, least size, greatest size.
#include <time.h>

#include "figures.h"

enum { LIVE_MAX = 1 << 16, NS_MAX = 1 << 20 };

static void *blocks[LIVE_MAX];
static unsigned counts[NS_MAX]; // of mallocs, by ns

static size_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (size_t)now.tv_sec * 1000000000 + (size_t)now.tv_nsec;
}

// The ns that `part` in `whole` mallocs do not reach.
static double below(unsigned long mallocs, unsigned long part,
                    unsigned long whole) {
    unsigned long left = mallocs / whole * part;
    size_t ns = 0;
    while (ns + 1 < NS_MAX && counts[ns] <= left) {
        left -= counts[ns++];
    }
    return (double)ns;
}

int main(int argc, char **argv) {
    unsigned long mallocs = bench_argument(argc, argv, 1, 1000) * 1000;
    unsigned long live = bench_argument(argc, argv, 2, 10000);
    size_t low = bench_argument(argc, argv, 3, 16);
    size_t high = bench_argument(argc, argv, 4, 4096);
    struct bench_random random = bench_seed(0);

    if (live < 1 || live > LIVE_MAX || low > high || mallocs < 10000) {
        bench_fail("live blocks are 1 to 65536, mallocs at least 10 thousand");
    }
    figures_begin();
    for (unsigned long i = 0; i < mallocs; i++) {
        size_t at = bench_below(&random, (uint32_t)live);
        size_t size = bench_skewed(&random, low, high);
        free(blocks[at]);
        size_t begin = now_ns();
        blocks[at] = malloc(size);
        size_t took = now_ns() - begin;
        if (!blocks[at]) {
            bench_fail("malloc returned NULL");
        }
        *(char *)blocks[at] = 1;
        counts[took < NS_MAX ? took : NS_MAX - 1]++;
    }
    figures_say("ns of a malloc, median", below(mallocs, 1, 2));
    figures_say("... 99 of 100", below(mallocs, 99, 100));
    figures_say("... 999 of 1,000", below(mallocs, 999, 1000));
    figures_say("... 9,999 of 10,000", below(mallocs, 9999, 10000));
    return 0;
}
