// ladder.c - a block that doubles from 16 bytes to 1 KiB, by realloc, again and
// again.
//
// Arguments: thousands of steps.
#include "bench.h"

enum { BOTTOM = 16, TOP = 1024 };

int main(int argc, char **argv) {
    unsigned long left = bench_argument(argc, argv, 1, 1000) * 1000;

    while (left > 0) {
        void *block = NULL;
        for (size_t size = BOTTOM; size <= TOP && left > 0; size *= 2, left--) {
            block = realloc(block, size);
            bench_use(block);
        }
        free(block);
    }
    return 0;
}
