// rptest.c - random sizes up to 16 KB with some frees in other threads.
//
// After the benchmark that comes with rpmalloc (Jansson). Each thread fills a
// table of blocks in steps, freeing a part in between, and every few loops
// leaves a list of blocks for whichever thread comes by. What it finds out:
// sizes spread evenly over small and medium classes, with cross-thread frees.
//
// Arguments: loops, threads.
#include "bench.h"

#include <stdatomic.h>

enum {
    BLOCKS = 1000,
    STRIDE = 100,   // blocks between partial frees
    CROSSING = 500, // blocks of a list left for others
    SIZE_LOW = 16,
    SIZE_HIGH = 16000,
};

// A block in a list for others starts with these.
struct crossing {
    struct crossing *next;
    size_t size;
};

static _Atomic(struct crossing *) left_over[BENCH_THREADS_MAX];

struct thread {
    unsigned long loops;
    unsigned index;
    unsigned threads;
    struct bench_random random;
    uint64_t made;
    uint64_t freed;
};

static void *take(struct thread *thread, size_t *size) {
    *size = bench_between(&thread->random, SIZE_LOW, SIZE_HIGH);
    thread->made += *size;
    return bench_take(*size);
}

static void give(struct thread *thread, void *block, size_t size) {
    thread->freed += size;
    bench_give(block, size);
}

static void give_list(struct thread *thread, struct crossing *list) {
    while (list) {
        struct crossing *next = list->next;
        thread->freed += list->size;
        free(list);
        list = next;
    }
}

static void leave_list(struct thread *thread) {
    struct crossing *list = NULL;
    for (int i = 0; i < CROSSING; i++) {
        size_t size;
        struct crossing *block = take(thread, &size);
        block->next = list;
        block->size = size;
        list = block;
    }
    // acq_rel: the list's links cross with its head.
    give_list(thread, atomic_exchange_explicit(&left_over[thread->index], list,
                                               memory_order_acq_rel));
}

static void collect(struct thread *thread, unsigned index) {
    give_list(thread, atomic_exchange_explicit(&left_over[index], NULL,
                                               memory_order_acq_rel));
}

static void *body(void *argument) {
    struct thread *thread = argument;
    void *blocks[BLOCKS] = {NULL};
    size_t sizes[BLOCKS];

    for (unsigned long loop = 0; loop < thread->loops; loop++) {
        for (uint32_t i = 0; i < BLOCKS; i++) {
            if (blocks[i]) {
                give(thread, blocks[i], sizes[i]);
            }
            blocks[i] = take(thread, &sizes[i]);
            if (i % STRIDE == STRIDE - 1) {
                for (uint32_t j = i % 3; j < i; j += 3) {
                    if (blocks[j]) {
                        give(thread, blocks[j], sizes[j]);
                        blocks[j] = NULL;
                    }
                }
            }
        }
        if (loop % 2 == 0) {
            leave_list(thread);
        }
        collect(thread, (thread->index + 1 + (unsigned)loop) % thread->threads);
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        if (blocks[i]) {
            give(thread, blocks[i], sizes[i]);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    struct thread threads[BENCH_THREADS_MAX];
    unsigned long loops = bench_argument(argc, argv, 1, 100);
    unsigned count = bench_threads(argc, argv, 2);

    for (unsigned i = 0; i < count; i++) {
        threads[i] =
            (struct thread){.loops = loops, .index = i, .threads = count};
        threads[i].random = bench_seed(i);
    }
    bench_run(count, body, threads, sizeof(threads[0]));

    uint64_t made = 0, freed = 0;
    for (unsigned i = 0; i < count; i++) {
        collect(&threads[0], i);
    }
    for (unsigned i = 0; i < count; i++) {
        made += threads[i].made;
        freed += threads[i].freed;
    }
    if (made != freed) {
        bench_fail("a block was lost on its way");
    }
    return bench_report(made);
}
