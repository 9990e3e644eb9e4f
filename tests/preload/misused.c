// misused.c - misuses of the heap that the C library ends a program for.
//
// misused KIND SIZE; returns when nothing ends it.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The compiler must not see that it is the same pointer.
static void *same(void *block) {
    void *volatile copy = block;

    return copy;
}

static void twice(size_t size) {
    void *block = malloc(size);
    void *again = same(block);

    free(block);
    free(again);
}

static void unaligned(size_t size) {
    char *block = malloc(size);

    free(same(block + 1));
}

// In the middle, where no block begins.
static void inside(size_t size) {
    char *block = malloc(size);

    free(same(block + size / 2 / 16 * 16 + 8));
}

static void on_the_stack(size_t size) {
    char block[1 << 18];

    memset(block, (int)size, sizeof block);
    free(
        same((char *)(((uintptr_t)block + 0x1ffff) & ~(uintptr_t)0xffff) + 32));
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*deed)(size_t size);
    } kinds[] = {{"twice", twice},
                 {"unaligned", unaligned},
                 {"inside", inside},
                 {"stack", on_the_stack}};

    for (size_t i = 0; argc == 3 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(argv[1], kinds[i].name) == 0) {
            free(malloc(1));
            kinds[i].deed(strtoul(argv[2], NULL, 10));
            puts("alive");
            return 0;
        }
    return 2;
}
