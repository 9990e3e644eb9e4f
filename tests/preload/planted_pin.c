// planted_pin.c - a few blocks of one call site keep many spans from going.
//
// Spans are filled with blocks of 200 bytes; every KEPT_EVERYth comes from
// plant(), the others from fill(). Then all of fill's are freed. Prints what a
// report has to say of plant(): the free bytes of the spans in which only its
// blocks live, as seen from the addresses.
#include <inttypes.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 12000, KEPT_EVERY = 313, SIZE = 200 };
enum { SPAN_BYTES = 65536 };

void *plant(void);
void *fill(void);

__attribute__((noinline)) void *plant(void) {
    char *block = malloc(SIZE);

    block[0] = 1;
    return block;
}

__attribute__((noinline)) void *fill(void) {
    char *block = malloc(SIZE);

    block[0] = 2;
    return block;
}

static uintptr_t span_of(const void *block) {
    return (uintptr_t)block / SPAN_BYTES;
}

int main(void) {
    static char *blocks[BLOCKS];
    uint64_t alone = 0;
    unsigned planted = 0;

    for (int i = 0; i < BLOCKS; ++i)
        blocks[i] = i % KEPT_EVERY == 0 ? plant() : fill();
    for (int i = 0; i < BLOCKS; ++i)
        if (i % KEPT_EVERY != 0)
            free(blocks[i]);

    // A span is all free bytes but for plant's blocks in it.
    for (int i = 0; i < BLOCKS; i += KEPT_EVERY, ++planted) {
        unsigned before = 0;
        size_t here = 0;
        for (int j = 0; j < BLOCKS; j += KEPT_EVERY)
            if (span_of(blocks[j]) == span_of(blocks[i])) {
                before += j < i;
                here += malloc_usable_size(blocks[j]);
            }
        if (before == 0)
            alone += SPAN_BYTES - here;
    }
    printf("%u %" PRIu64 "\n", planted, alone);
    return 0;
}
