// deep.c - malloc and free of one block, again and again, from the same place
// some calls deep.
//
// Arguments: thousands of pairs, size, calls below main; 1: a recording of the
// program is stopped first.
#include "bench.h"

// Of the library that is preloaded, if it has it.
extern void rpmalloc_record_stop(void) __attribute__((weak));

struct loop {
    unsigned long pairs;
    size_t size;
};

__attribute__((noinline)) static void descend(const struct loop *loop,
                                              unsigned long calls) {
    if (calls > 1) {
        descend(loop, calls - 1);
        bench_use(NULL); // so that the call is no jump
        return;
    }
    for (unsigned long i = 0; i < loop->pairs; i++) {
        void *block = malloc(loop->size);
        bench_use(block);
        free(block);
    }
}

int main(int argc, char **argv) {
    struct loop loop = {bench_argument(argc, argv, 1, 1000) * 1000,
                        bench_argument(argc, argv, 2, 64)};
    unsigned long calls = bench_argument(argc, argv, 3, 5);

    if (bench_argument(argc, argv, 4, 0) != 0) {
        free(malloc(1)); // there is a recording
        if (rpmalloc_record_stop != NULL) {
            rpmalloc_record_stop();
        }
    }
    descend(&loop, calls);
    return 0;
}
