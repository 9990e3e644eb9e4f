// mstress.c - threads that allocate much, keep some, and swap blocks with each
// other; then all end and new ones go on.
//
// After the stress test that comes with mimalloc (Leijen). What it finds out:
// how an allocator bears up when nothing is regular: sizes, lifetimes, owners.
//
// Arguments: rounds of threads, threads.
#include "bench.h"

#include <stdatomic.h>

enum {
    STEPS = 200000,   // in the life of one thread
    OWN = 5000,       // blocks of a thread
    EXCHANGED = 1000, // places where threads swap blocks
    WORDS_MAX = 32,
};

// A block is a row of words that starts with their count and goes on with a
// word made of count and place.
typedef _Atomic(uint64_t *) exchange_slot;

static exchange_slot exchange[EXCHANGED];

struct thread {
    struct bench_random random;
    uint64_t made;
    uint64_t freed;
};

static uint64_t *make(struct thread *thread) {
    size_t words = bench_between(&thread->random, 1, WORDS_MAX);
    uint32_t chance = bench_below(&thread->random, 2000);
    if (chance == 0) {
        words *= 200; // up to 50 KiB
    } else if (chance < 20) {
        words *= 20;
    }
    uint64_t *block = malloc(words * sizeof(*block));
    if (!block) {
        bench_fail("malloc returned NULL");
    }
    block[0] = words;
    for (size_t i = 1; i < words; i++) {
        block[i] = words ^ (i << 32);
    }
    thread->made++;
    return block;
}

static void drop(struct thread *thread, uint64_t *block) {
    if (!block) {
        return;
    }
    uint64_t words = block[0];
    for (uint64_t i = 1; i < words; i++) {
        if (block[i] != (words ^ (i << 32))) {
            bench_fail("a block does not hold what was written into it");
        }
    }
    free(block);
    thread->freed++;
}

static void *body(void *argument) {
    struct thread *thread = argument;
    uint64_t **own = calloc(OWN, sizeof(*own));
    if (!own) {
        bench_fail("calloc returned NULL");
    }
    for (int i = 0; i < STEPS; i++) {
        uint32_t slot = bench_below(&thread->random, OWN);
        uint32_t action = bench_below(&thread->random, 100);
        if (action < 25) {
            // acq_rel: the block's words cross with its address.
            own[slot] = atomic_exchange_explicit(
                &exchange[bench_below(&thread->random, EXCHANGED)], own[slot],
                memory_order_acq_rel);
        } else {
            drop(thread, own[slot]);
            own[slot] = make(thread);
        }
    }
    // Some blocks outlive their thread: left where the next ones find them.
    for (uint32_t slot = 0; slot < OWN; slot++) {
        uint64_t *block = own[slot];
        if (slot % 4 == 0) {
            block = atomic_exchange_explicit(&exchange[slot % EXCHANGED], block,
                                             memory_order_acq_rel);
        }
        drop(thread, block);
    }
    free(own);
    return NULL;
}

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 10);
    unsigned count = bench_threads(argc, argv, 2);
    struct thread threads[BENCH_THREADS_MAX] = {{{0}, 0, 0}};

    uint64_t made = 0, freed = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < count; i++) {
            threads[i].random = bench_seed(round * count + i);
        }
        bench_run(count, body, threads, sizeof(threads[0]));
    }
    for (int i = 0; i < EXCHANGED; i++) {
        drop(&threads[0],
             atomic_load_explicit(&exchange[i], memory_order_relaxed));
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
