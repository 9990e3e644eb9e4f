// deferred_start.c - a recording that starts in the middle of what threads do.
//
// Threads allocate blocks of many sizes and free some of them, and some of the
// other threads'. When each has done a third, the first asks for the start,
// or for the end, if the argument is stop.
// With another argument it asks for nothing.
// At the end the blocks that are left are told: their count and what was asked
// for, of sizes that nobody else uses.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rpmalloc_record_start(void) __attribute__((weak));
void rpmalloc_record_stop(void) __attribute__((weak));

enum { THREADS = 4, ROUNDS = 9000, SHELF = 4096, MARK = 7 };

static _Atomic(uint32_t *) shelf[SHELF];
static atomic_ullong blocks, bytes;
static pthread_barrier_t barrier;
static int starts, stops;

// A size of 7 modulo 16; the block knows it.
static uint32_t *make(uint64_t random) {
    uint32_t size = (uint32_t)(random % 60) * 16 + MARK;

    if (random % 64 == 0)
        size = (uint32_t)(random >> 32) % 400000 / 16 * 16 + MARK;
    if (random % 4096 == 1)
        size += 8 << 20;
    uint32_t *block = malloc(size);
    *block = size;
    blocks++;
    bytes += size;
    return block;
}

static void drop(uint32_t *block) {
    if (block == NULL)
        return;
    blocks--;
    bytes -= *block;
    free(block);
}

static void *work(void *argument) {
    uint64_t random = (uintptr_t)argument * 977 + 1;

    pthread_barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint32_t *block = random >> 60 < 9 ? make(random >> 20) : NULL;
        drop(atomic_exchange(&shelf[(random >> 40) % SHELF], block));
        if (starts && i == ROUNDS / 3 && argument == NULL &&
            rpmalloc_record_start != NULL)
            rpmalloc_record_start();
        if (stops && i == ROUNDS / 3 && argument == NULL &&
            rpmalloc_record_stop != NULL)
            rpmalloc_record_stop();
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];

    starts = count == 1;
    stops = count == 2 && strcmp(arguments[1], "stop") == 0;
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%llu %llu\n", atomic_load(&blocks), atomic_load(&bytes));
    return 0;
}
