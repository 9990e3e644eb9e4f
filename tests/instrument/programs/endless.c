// endless.c - allocates until it is killed: block k has k bytes, modulo 4096.
// After each 1000 it prints how many there were.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    void *kept[64] = {NULL};

    for (unsigned long k = 0;; k++) {
        free(kept[k % 64]);
        kept[k % 64] = malloc(k % 4096);
        if (k % 1000 == 999) {
            printf("%lu\n", k + 1);
            fflush(stdout);
            usleep(1000);
        }
    }
}
