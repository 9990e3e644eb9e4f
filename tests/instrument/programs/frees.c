// frees.c - blocks that are freed elsewhere than they were allocated: by
// another function, by realloc, and by another thread; small, large and huge.
#include <pthread.h>
#include <stdlib.h>

enum { BLOCKS = 400 };

static void *volatile kept[BLOCKS];

void maker(int from, int to, size_t size);
void closer(int from, int to);
void *stranger(void *nothing);
void mover(void);

__attribute__((noinline)) void maker(int from, int to, size_t size) {
    for (int i = from; i < to; i++)
        kept[i] = malloc(size);
    __asm__ volatile("");
}

__attribute__((noinline)) void closer(int from, int to) {
    for (int i = from; i < to; i++)
        free(kept[i]);
    __asm__ volatile("");
}

__attribute__((noinline)) void *stranger(void *nothing) {
    closer(0, 100);
    __asm__ volatile("");
    return nothing;
}

__attribute__((noinline)) void mover(void) {
    kept[300] = realloc(kept[300], 100000);
    __asm__ volatile("");
}

int main(void) {
    pthread_t thread;

    maker(0, 298, 1000);
    maker(298, 299, 300000);
    maker(299, 300, 64 << 20);
    maker(300, 301, 1000);
    closer(100, 300);
    mover();
    pthread_create(&thread, NULL, stranger, NULL);
    pthread_join(thread, NULL);
    return 0;
}
