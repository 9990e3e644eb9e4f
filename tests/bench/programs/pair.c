// pair.c - malloc and free of one block, again and again.
//
// Arguments: thousands of pairs, size.
#include "bench.h"

int main(int argc, char **argv) {
    unsigned long pairs = bench_argument(argc, argv, 1, 1000) * 1000;
    size_t size = bench_argument(argc, argv, 2, 64);

    for (unsigned long i = 0; i < pairs; i++) {
        void *block = malloc(size);
        bench_use(block);
        free(block);
    }
    return 0;
}
