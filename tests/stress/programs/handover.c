// handover.c - threads that free each other's blocks as fast as they can, so
// that events of one block are in different rings; now and then a thread ends
// and its heap goes to the next one. Argument: how many blocks each.
#include "core/base/atomic.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, WAVES = 6, SHELVES = 16 };

static _Atomic(void *) shelves[SHELVES];
static int blocks;

static void *work(void *argument) {
    unsigned dice = (unsigned)(size_t)argument;

    for (int i = 0; i < blocks; i++) {
        dice = dice * 1664525 + 1013904223;
        size_t size = dice >> 10 & (i % 100 == 0 ? 0x7ffff : 0x7f);
        if (i % 1000 == 0)
            size = 5 << 20; // huge
        void *fresh = malloc(size);
        // acq_rel [shelf]: the block, mine and the other one's
        free(swap_acq_rel(&shelves[dice >> 24 & (SHELVES - 1)], fresh));
    }
    return NULL;
}

int main(int count, char **arguments) {
    blocks = count > 1 ? atoi(arguments[1]) : 5000;
    for (size_t wave = 0; wave < WAVES; wave++) {
        pthread_t threads[THREADS];
        for (size_t i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, work,
                           (void *)(wave * THREADS + i));
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    puts("done");
    return 0;
}
