// rounds.c - a program fills itself with small blocks and empties itself, some
// times; then goes on with little.
//
// Its tables do not count as in use: they are the system's.
//
// Prints page faults of the rounds, what is resident after them, with nothing
// in use, and after so many small blocks more, with 1 MiB in use.
//
// Arguments: rounds, MiB of a round, thousands of blocks afterwards, smallest
// and largest size.
#include "figures.h"

#include <sys/mman.h>

static void **blocks;
static size_t *sizes;

static void *table(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        bench_fail("mmap failed");
    }
    return memory;
}

// Returns how many blocks it took.
static size_t fill(struct bench_random *random, size_t bytes, size_t low,
                   size_t high) {
    size_t count = 0;
    for (size_t done = 0; done < bytes; count++) {
        sizes[count] = bench_between(random, low, high);
        blocks[count] = bench_take(sizes[count]);
        memset(blocks[count], bench_mark(sizes[count]), sizes[count]);
        done += sizes[count];
    }
    return count;
}

static void empty(size_t count) {
    for (size_t i = 0; i < count; i++) {
        bench_give(blocks[i], sizes[i]);
    }
}

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 12);
    size_t bytes = bench_argument(argc, argv, 2, 64) * FIGURES_MIB;
    unsigned long after = bench_argument(argc, argv, 3, 100) * 1000;
    size_t low = bench_argument(argc, argv, 4, 64);
    size_t high = bench_argument(argc, argv, 5, 64);
    struct bench_random random = bench_seed(0);

    figures_begin();
    size_t most = bytes / low + 1;
    blocks = table(most * sizeof(*blocks));
    sizes = table(most * sizeof(*sizes));
    memset(blocks, 1, most * sizeof(*blocks)); // touched before the start
    memset(sizes, 1, most * sizeof(*sizes));
    size_t start = figures_resident();
    size_t faults = figures_faults();
    for (unsigned long i = 0; i < rounds; i++) {
        empty(fill(&random, bytes, low, high));
    }
    figures_say("faults", (double)(figures_faults() - faults));
    figures_say("MiB resident, nothing in use", figures_above(start));

    size_t count = fill(&random, FIGURES_MIB, low, high);
    faults = figures_faults();
    for (unsigned long i = 0; i < after; i++) {
        size_t size = bench_between(&random, low, high);
        bench_give(bench_take(size), size);
    }
    figures_say("faults afterwards", (double)(figures_faults() - faults));
    figures_say("MiB resident, 1 MiB in use", figures_above(start));
    empty(count);
    return 0;
}
