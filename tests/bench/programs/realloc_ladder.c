// realloc_ladder.c - buffers that grow step by step, side by side, as strings
// and arrays do, then shrink and go.
//
// What it finds out: does realloc grow in place when it can, and copy no more
// than it must; are the outgrown blocks of the others' ladders used again?
//
// Arguments: rounds.
#include "bench.h"

enum {
    BUFFERS = 16,
    TOP = 1 << 20,
};

struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t top; // where this ladder ends
};

// Keeps the byte at each end of what was, and marks the new end.
static void resize(struct buffer *buffer, size_t size) {
    size_t kept = size < buffer->size ? size : buffer->size;
    uint8_t last = kept ? buffer->bytes[kept - 1] : 0;

    uint8_t *bytes = realloc(buffer->bytes, size);
    if (!bytes) {
        bench_fail("realloc returned NULL");
    }
    if (kept && (bytes[kept - 1] != last || bytes[0] != 0x5a)) {
        bench_fail("realloc did not keep what was written");
    }
    bytes[0] = 0x5a;
    bytes[size - 1] = size == 1 ? 0x5a : bench_mark(size);
    buffer->bytes = bytes;
    buffer->size = size;
}

// The next step up: by a half, or by a few bytes for every fourth buffer.
static size_t step(const struct buffer *buffer, int index) {
    size_t more = index % 4 ? buffer->size / 2 + 8 : buffer->size / 64 + 24;
    size_t size = buffer->size + more;
    return size < buffer->top ? size : buffer->top;
}

static uint64_t ladder(struct bench_random *random) {
    struct buffer buffers[BUFFERS];
    uint64_t steps = 0;
    for (int i = 0; i < BUFFERS; i++) {
        buffers[i] = (struct buffer){NULL, 0, bench_skewed(random, 64, TOP)};
        resize(&buffers[i], 16);
    }
    for (int growing = 1; growing;) {
        growing = 0;
        for (int i = 0; i < BUFFERS; i++) {
            if (buffers[i].size < buffers[i].top) {
                resize(&buffers[i], step(&buffers[i], i));
                steps++;
                growing = 1;
            }
        }
    }
    for (int i = 0; i < BUFFERS; i++) {
        resize(&buffers[i], buffers[i].top / 3 + 1);
        free(buffers[i].bytes);
    }
    return steps;
}

int main(int argc, char **argv) {
    unsigned long rounds = bench_argument(argc, argv, 1, 100);
    struct bench_random random = bench_seed(0);
    uint64_t steps = 0;

    for (unsigned long round = 0; round < rounds; round++) {
        steps += ladder(&random);
    }
    return bench_report(steps);
}
