// loops.c - the same bug again and again, in two places.
//
// loops TIMES
#include <stdlib.h>

static void *volatile block; // so that the compiler does not see what it is

static void free_twice(void) {
    block = malloc(40);
    free(block);
    free(block);
}

int main(int count, char **words) {
    long times = count > 1 ? strtol(words[1], NULL, 10) : 1;

    for (long i = 0; i < times; i++)
        free_twice();
    for (long i = 0; i < times; i++)
        free_twice();
    return 0;
}
