// sh6.c - rising sizes, a ring of blocks kept, freed by turns in the order of
// allocation, the other way round, and every second one.
//
// After the sh6bench of MicroQuill. What it finds out: speed for small blocks
// of many sizes at a time, with frees in batches.
//
// Arguments: rounds, threads.
#include "bench.h"

enum {
    KEPT = 4000,
    EACH = 40, // blocks of one size in a row
    SIZE_MAX_SMALL = 400,
    SIZE_MAX_LARGE = 1000,
};

struct thread {
    unsigned long rounds;
    uint64_t sum;
    uint32_t count;
    void *blocks[KEPT];
    uint16_t sizes[KEPT];
};

static void give(struct thread *thread, uint32_t index) {
    bench_give(thread->blocks[index], thread->sizes[index]);
    thread->blocks[index] = NULL;
}

// Frees half of the ring in one of three orders and moves the rest down.
static void free_half(struct thread *thread, unsigned order) {
    uint32_t half = KEPT / 2;
    for (uint32_t i = 0; i < half; i++) {
        uint32_t forms[3] = {i, KEPT - 1 - i, 2 * i};
        give(thread, forms[order % 3]);
    }
    uint32_t to = 0;
    for (uint32_t i = 0; i < KEPT; i++) {
        if (thread->blocks[i]) {
            thread->blocks[to] = thread->blocks[i];
            thread->sizes[to++] = thread->sizes[i];
        }
    }
    thread->count = to;
}

static void *body(void *argument) {
    struct thread *thread = argument;
    unsigned order = 0;
    for (unsigned long round = 0; round < thread->rounds; round++) {
        size_t top = round % 8 ? SIZE_MAX_SMALL : SIZE_MAX_LARGE;
        for (size_t size = 1; size <= top; size += 3) {
            for (int i = 0; i < EACH; i++) {
                if (thread->count == KEPT) {
                    free_half(thread, order++);
                }
                thread->blocks[thread->count] = bench_take(size);
                thread->sizes[thread->count++] = (uint16_t)size;
                thread->sum += size;
            }
        }
    }
    while (thread->count) {
        give(thread, --thread->count);
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct thread threads[BENCH_THREADS_MAX];
    unsigned long rounds = bench_argument(argc, argv, 1, 100);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        threads[i].rounds = rounds;
    }
    bench_run(count, body, threads, sizeof(threads[0]));

    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += threads[i].sum;
    }
    return bench_report(sum);
}
