// resident.c - touches pages of a large block, and gives some of them back.
//
// After each step, or, with an argument, when it has asked for a snapshot then,
// it writes a line, and waits for one. The block begins behind the allocator's
// own page; the pages that are touched begin with the next one.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void rpmalloc_record_snapshot(void) __attribute__((weak));

enum { BYTES = 64 << 20, PAGES = 3000, BACK = 2000 };

static void wait(int asks) {
    if (asks && rpmalloc_record_snapshot != NULL)
        rpmalloc_record_snapshot();
    puts("done"); // the sample comes after the moment
    fflush(stdout);
    getchar();
}

int main(int count, char **arguments) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *block = malloc(BYTES);
    char *first = (char *)(((uintptr_t)block + page) / page * page);

    (void)arguments;
    madvise(first, BYTES - 2 * page, MADV_NOHUGEPAGE);
    wait(count > 1);
    for (size_t i = 0; i < PAGES; i++)
        first[i * 4 * page] = 1; // not side by side
    wait(count > 1);
    for (size_t i = 0; i < BACK; i++)
        madvise(first + i * 4 * page, page, MADV_DONTNEED);
    wait(count > 1);
    free(block);
    wait(count > 1);
    return 0;
}
