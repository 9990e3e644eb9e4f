// batch.c - 100 blocks of one size allocated, then freed in the same order.
//
// Arguments: thousands of pairs, size.
#include "bench.h"

enum { BLOCKS = 100 };

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 1000) * 1000 / BLOCKS;
    size_t size = bench_argument(argc, argv, 2, 64);
    void *blocks[BLOCKS];

    for (unsigned long i = 0; i < rounds; i++) {
        for (int j = 0; j < BLOCKS; j++) {
            blocks[j] = malloc(size);
        }
        bench_use(blocks);
        for (int j = 0; j < BLOCKS; j++) {
            free(blocks[j]);
        }
    }
    return 0;
}
