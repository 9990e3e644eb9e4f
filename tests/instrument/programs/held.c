// held.c - holds blocks, says who it is, and frees them when it is told to.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCKS = 1000 };

static void *volatile held[BLOCKS];

int main(void) {
    for (size_t i = 0; i < BLOCKS; i++)
        held[i] = malloc(i * i);
    printf("%d\n", (int)getpid());
    fflush(stdout);
    getchar();
    for (size_t i = 0; i < BLOCKS; i += 2)
        free(held[i]);
    return 0;
}
