// thread_storm.c - waves of short-lived threads; half of each thread's blocks
// are freed by itself, the other half by the thread that started it.
//
// What it finds out: the cost of a thread's first allocation and of its end,
// and whether the heaps of ended threads are used again.
//
// Arguments: waves, threads in a wave.
#include "bench.h"

enum {
    BLOCKS = 300,
    SIZE_LOW = 16,
    SIZE_HIGH = 2048,
};

struct thread {
    uint64_t seed;
    void *left[BLOCKS / 2];
    size_t sizes[BLOCKS / 2];
};

static void *body(void *argument) {
    struct thread *thread = argument;
    struct bench_random random = bench_seed(thread->seed);
    void *own[BLOCKS / 2];
    size_t sizes[BLOCKS / 2];

    for (int i = 0; i < BLOCKS / 2; i++) {
        sizes[i] = bench_skewed(&random, SIZE_LOW, SIZE_HIGH);
        own[i] = bench_take(sizes[i]);
        thread->sizes[i] = bench_skewed(&random, SIZE_LOW, SIZE_HIGH);
        thread->left[i] = bench_take(thread->sizes[i]);
    }
    for (int i = 0; i < BLOCKS / 2; i++) {
        bench_give(own[i], sizes[i]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct thread threads[BENCH_THREADS_MAX];
    unsigned long waves = bench_argument(argc, argv, 1, 100);
    unsigned count = bench_threads(argc, argv, 2);
    uint64_t sum = 0;

    for (unsigned long wave = 0; wave < waves; wave++) {
        for (unsigned i = 0; i < count; i++) {
            threads[i].seed = wave * count + i;
        }
        bench_run(count, body, threads, sizeof(threads[0]));
        for (unsigned i = 0; i < count; i++) {
            for (int j = 0; j < BLOCKS / 2; j++) {
                bench_give(threads[i].left[j], threads[i].sizes[j]);
                sum += threads[i].sizes[j];
            }
        }
    }
    return bench_report(sum);
}
