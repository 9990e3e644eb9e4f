// one_size.c - many blocks of one size and alignment: what is resident for
// each byte that was asked for.
//
// Arguments: bytes of a block, its alignment (0: that of malloc), MiB.
#include "figures.h"

static void *take(size_t size, size_t alignment) {
    void *block = NULL;

    if (alignment == 0) {
        return bench_take(size);
    }
    if (posix_memalign(&block, alignment, size)) {
        bench_fail("posix_memalign failed");
    }
    return block;
}

int main(int argc, char **argv) {
    size_t size = bench_argument(argc, argv, 1, 4096);
    size_t alignment = bench_argument(argc, argv, 2, 0);
    size_t count = bench_argument(argc, argv, 3, 200) * FIGURES_MIB / size;

    figures_begin();
    void **blocks = calloc(count, sizeof(*blocks));
    if (!blocks) {
        bench_fail("calloc returned NULL");
    }
    memset(blocks, 1, count * sizeof(*blocks)); // touched before the start
    size_t start = figures_resident();
    for (size_t i = 0; i < count; i++) {
        blocks[i] = take(size, alignment);
        memset(blocks[i], bench_mark(size), size);
    }
    printf("resident / asked\t%.3f\n",
           figures_above(start) * FIGURES_MIB / (double)(count * size));
    for (size_t i = 0; i < count; i++) {
        bench_give(blocks[i], size);
    }
    return 0;
}
