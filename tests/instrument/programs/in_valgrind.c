// in_valgrind.c - gets its blocks in many ways, gives all back, and ends with
// status 7.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 50 };

static void *make(int i) {
    void *block = NULL;

    switch (i % 6) {
    case 0:
        return malloc(1000);
    case 1:
        return realloc(malloc(10), 1000);
    case 2:
        return reallocarray(malloc(10), 100, 10);
    case 3:
        return aligned_alloc(64, 1024);
    case 4:
        return posix_memalign(&block, 256, 1000) == 0 ? block : NULL;
    default:
        return calloc(100, 10);
    }
}

int main(void) {
    void *blocks[BLOCKS];
    int good = 0;

    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = make(i);
        memset(blocks[i], i, 1000);
        good += malloc_usable_size(blocks[i]) >= 1000;
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    printf("%d blocks\n", good);
    return 7;
}
