// sh8.c - as sh6, with random sizes, and half of each thread's batches freed by
// the thread next to it.
//
// After the sh8bench of MicroQuill. What it finds out: speed of small blocks
// that cross threads in batches, beside ones that do not.
//
// Arguments: rounds, threads.
#include "bench.h"

#include <stdatomic.h>

enum {
    BATCH = 500,
    OWN = 64, // batches that a thread keeps for itself
    SIZE_LOW = 8,
    SIZE_HIGH = 600,
};

struct batch {
    uint16_t sizes[BATCH];
    void *blocks[BATCH];
};

struct thread {
    unsigned long rounds;
    struct bench_random random;
    struct thread *neighbour;
    uint64_t made;
    uint64_t freed;
    struct batch *own[OWN];
    // What the neighbour has left here; a line of its own.
    _Alignas(64) _Atomic(struct batch *) inbox;
};

static struct batch *make(struct thread *thread) {
    struct batch *batch = malloc(sizeof(*batch));
    if (!batch) {
        bench_fail("malloc returned NULL");
    }
    for (int i = 0; i < BATCH; i++) {
        size_t size = bench_skewed(&thread->random, SIZE_LOW, SIZE_HIGH);
        batch->sizes[i] = (uint16_t)size;
        batch->blocks[i] = bench_take(size);
    }
    thread->made++;
    return batch;
}

static void drop(struct thread *thread, struct batch *batch) {
    if (!batch) {
        return;
    }
    int backward = thread->freed % 2;
    for (int i = 0; i < BATCH; i++) {
        int index = backward ? BATCH - 1 - i : i;
        bench_give(batch->blocks[index], batch->sizes[index]);
    }
    free(batch);
    thread->freed++;
}

static void *body(void *argument) {
    struct thread *thread = argument;
    for (unsigned long round = 0; round < thread->rounds; round++) {
        uint32_t slot = bench_below(&thread->random, OWN);
        drop(thread, thread->own[slot]);
        thread->own[slot] = make(thread);
        // acq_rel: the blocks cross with the batch's address. What the
        // neighbour had not yet taken comes back.
        drop(thread,
             atomic_exchange_explicit(&thread->neighbour->inbox, make(thread),
                                      memory_order_acq_rel));
        drop(thread, atomic_exchange_explicit(&thread->inbox, NULL,
                                              memory_order_acq_rel));
    }
    for (uint32_t slot = 0; slot < OWN; slot++) {
        drop(thread, thread->own[slot]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct thread threads[BENCH_THREADS_MAX];
    unsigned long rounds = bench_argument(argc, argv, 1, 100);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        threads[i].rounds = rounds;
        threads[i].random = bench_seed(i);
        threads[i].neighbour = &threads[(i + 1) % count];
    }
    bench_run(count, body, threads, sizeof(threads[0]));

    uint64_t made = 0, freed = 0;
    for (unsigned i = 0; i < count; i++) {
        drop(&threads[i],
             atomic_load_explicit(&threads[i].inbox, memory_order_relaxed));
    }
    for (unsigned i = 0; i < count; i++) {
        made += threads[i].made;
        freed += threads[i].freed;
    }
    if (made != freed) {
        bench_fail("a batch was lost on its way");
    }
    return bench_report(made);
}
