// deep.c - threads that allocate at many places of a deep call tree. Arguments:
// threads, blocks each.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64, DEPTH = 20, KEPT = 256 };

static unsigned blocks;

static __attribute__((noinline)) void *descend(unsigned path, int depth,
                                               size_t bytes) {
    void *volatile block;

    if (depth == 0)
        return malloc(bytes);
    // Two ways down at each of the last ten steps: a thousand stacks.
    if (depth > 10 || (path >> depth & 1) != 0)
        block = descend(path, depth - 1, bytes);
    else
        block = descend(path, depth - 1, bytes + 8);
    return block;
}

static void *work(void *argument) {
    void *kept[KEPT] = {NULL};
    unsigned dice = (unsigned)(uintptr_t)argument;

    for (unsigned i = 0; i < blocks; i++) {
        dice = dice * 1664525 + 1013904223;
        free(kept[dice >> 24]);
        kept[dice >> 24] = descend(dice >> 10, DEPTH, dice >> 16 & 255);
    }
    for (int i = 0; i < KEPT; i++)
        free(kept[i]);
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[MOST];
    uintptr_t many = count > 1 ? (uintptr_t)atoi(arguments[1]) : 4;

    blocks = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 10) : 10000;
    if (many > MOST)
        return 1;
    for (uintptr_t i = 0; i < many; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (uintptr_t i = 0; i < many; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
