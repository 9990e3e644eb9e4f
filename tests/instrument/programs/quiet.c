// quiet.c - looks whether recording shows: in errno, in the descriptors, in
// the C library's idea of threads; and prints where its blocks are.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <sys/single_threaded.h>

enum { BLOCKS = 512, ROUNDS = 20000, ERRNO = 77 };

static void *blocks[BLOCKS];
static uint32_t state = 1;

static uint32_t draw(uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
}

// Where in its span a block is, which does not depend on the address of the
// segment.
static unsigned place(const void *block) {
    return (unsigned)((uintptr_t)block & 0xffff);
}

static unsigned churn(void) {
    unsigned hash = 0;

    for (int i = 0; i < ROUNDS; i++) {
        unsigned at = draw(BLOCKS);
        errno = ERRNO;
        switch (draw(4)) {
        case 0:
            free(blocks[at]);
            blocks[at] = calloc(1 + draw(20), draw(100));
            break;
        case 1:
            blocks[at] = realloc(blocks[at], 1 + draw(3000));
            break;
        default:
            free(blocks[at]);
            blocks[at] = malloc(draw(100) == 0 ? draw(500000) : draw(600));
        }
        if (errno != ERRNO)
            printf("errno changed to %d\n", errno);
        hash = hash * 31 + place(blocks[at]);
    }
    return hash;
}

static int count_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 3; // ".", ".." and the folder itself
}

int main(void) {
    unsigned hash = churn();

    printf("placement %08x\n", hash);
    printf("descriptors %d\n", count_descriptors());
    printf("single threaded %d\n", __libc_single_threaded);
    fputs("a line on stderr\n", stderr);
    return 3;
}
