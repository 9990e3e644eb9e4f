// many_threads.c - threads that are alive together, with a few small blocks
// each.
//
// Prints KiB resident for each of them, and microseconds for one to begin, to
// allocate, to free and to end.
//
// Arguments: threads, blocks of each.
#include "figures.h"

#include <time.h>

enum { SIZE_LOW = 16, SIZE_HIGH = 1000, BLOCKS_MOST = 1024 };

static pthread_barrier_t together;
static size_t blocks_of_each;

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void *have_blocks(void *argument) {
    void *blocks[BLOCKS_MOST];
    size_t sizes[BLOCKS_MOST];
    struct bench_random random = bench_seed((uintptr_t)argument);

    for (size_t i = 0; i < blocks_of_each; i++) {
        sizes[i] = bench_between(&random, SIZE_LOW, SIZE_HIGH);
        blocks[i] = bench_take(sizes[i]);
        memset(blocks[i], bench_mark(sizes[i]), sizes[i]);
    }
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    for (size_t i = 0; i < blocks_of_each; i++) {
        bench_give(blocks[i], sizes[i]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    unsigned long count = bench_argument(argc, argv, 1, 1000);
    pthread_attr_t attributes;

    figures_begin();
    blocks_of_each = bench_argument(argc, argv, 2, 64);
    pthread_t *threads = malloc(count * sizeof(*threads));
    if (!threads || blocks_of_each > BLOCKS_MOST ||
        pthread_barrier_init(&together, NULL, (unsigned)count + 1) ||
        pthread_attr_init(&attributes) ||
        pthread_attr_setstacksize(&attributes, 256 << 10)) {
        bench_fail("threads could not be prepared");
    }
    size_t start = figures_resident();
    double begun = microseconds();
    for (uintptr_t i = 0; i < count; i++) {
        if (pthread_create(&threads[i], &attributes, have_blocks, (void *)i)) {
            bench_fail("a thread could not be started");
        }
    }
    pthread_barrier_wait(&together);
    double resident = figures_above(start);
    pthread_barrier_wait(&together);
    for (unsigned long i = 0; i < count; i++) {
        bench_join(threads[i]);
    }
    figures_say("KiB resident a thread", resident * 1024 / (double)count);
    figures_say("microseconds a thread",
                (microseconds() - begun) / (double)count);
    free(threads);
    return 0;
}
