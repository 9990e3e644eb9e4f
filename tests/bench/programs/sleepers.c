// sleepers.c - threads that have worked and then sleep: what they keep.
//
// Prints KiB resident for each of them.
//
// Arguments: threads, MiB of churn.
#include "figures.h"

enum { LIVE = 500, SIZE_LOW = 16, SIZE_HIGH = 8000 };

static pthread_barrier_t together;
static size_t churn;

static void *work(void *argument) {
    static _Thread_local void *blocks[LIVE];
    static _Thread_local size_t sizes[LIVE];
    struct bench_random random = bench_seed((uintptr_t)argument);

    for (size_t done = 0; done < churn;) {
        size_t i = bench_below(&random, LIVE);
        if (blocks[i]) {
            bench_give(blocks[i], sizes[i]);
        }
        sizes[i] = bench_between(&random, SIZE_LOW, SIZE_HIGH);
        blocks[i] = bench_take(sizes[i]);
        memset(blocks[i], bench_mark(sizes[i]), sizes[i]);
        done += sizes[i];
    }
    for (size_t i = 0; i < LIVE; i++) {
        if (blocks[i]) {
            bench_give(blocks[i], sizes[i]);
        }
    }
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    return NULL;
}

int main(int argc, char **argv) {
    unsigned long count = bench_argument(argc, argv, 1, 400);
    pthread_attr_t attributes;

    figures_begin();
    churn = bench_argument(argc, argv, 2, 4) * FIGURES_MIB;
    pthread_t *threads = malloc(count * sizeof(*threads));
    if (!threads ||
        pthread_barrier_init(&together, NULL, (unsigned)count + 1) ||
        pthread_attr_init(&attributes) ||
        pthread_attr_setstacksize(&attributes, 256 << 10)) {
        bench_fail("threads could not be prepared");
    }
    size_t start = figures_resident();
    for (uintptr_t i = 0; i < count; i++) {
        if (pthread_create(&threads[i], &attributes, work, (void *)i)) {
            bench_fail("a thread could not be started");
        }
    }
    pthread_barrier_wait(&together);
    figures_say("KiB resident a thread",
                figures_above(start) * 1024 / (double)count);
    pthread_barrier_wait(&together);
    for (unsigned long i = 0; i < count; i++) {
        bench_join(threads[i]);
    }
    free(threads);
    return 0;
}
