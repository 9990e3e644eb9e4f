// bench.h - what all benchmark programs share: blocks that check themselves, a
// fast random generator, threads, arguments.
//
// Every program calls only the names of the malloc family, so that any
// allocator can be preloaded below it. Its work is fixed by its arguments,
// never by time, and drawn from seeds that never change: the same arguments
// ask every allocator for the same blocks. A wrong byte, a failed allocation or
// a bad argument ends the program with a sentence and exit code 1.
#ifndef RP_BENCH_H
#define RP_BENCH_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Marks a path that ends the program; kept out of the loops.
#define BENCH_COLD __attribute__((cold, noinline))

_Noreturn static BENCH_COLD void bench_fail(const char *what) {
    fprintf(stderr, "benchmark: %s\n", what);
    _Exit(1);
}

// The compiler must take `pointer` as used: keeps a pair of malloc and free
// from being removed.
static inline void bench_use(void *pointer) {
    __asm__ volatile("" : : "r"(pointer) : "memory");
}

// ---- random numbers: xorshift64*, one state for each thread ----

struct bench_random {
    uint64_t state; // never 0
};

static inline struct bench_random bench_seed(uint64_t seed) {
    return (struct bench_random){(seed + 1) * 0x9e3779b97f4a7c15u | 1};
}

static inline uint64_t bench_next(struct bench_random *random) {
    uint64_t x = random->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    random->state = x;
    return x * 0x2545f4914f6cdd1du;
}

// 0 .. limit - 1
static inline uint32_t bench_below(struct bench_random *random,
                                   uint32_t limit) {
    return (uint32_t)(((bench_next(random) >> 32) * limit) >> 32);
}

static inline size_t bench_between(struct bench_random *random, size_t low,
                                   size_t high) {
    return low + bench_below(random, (uint32_t)(high - low + 1));
}

// Small sizes often, large ones seldom: each halving of the size is as likely
// as the last, within low .. high.
static inline size_t bench_skewed(struct bench_random *random, size_t low,
                                  size_t high) {
    uint32_t doublings = 0;
    while ((low << (doublings + 1)) <= high) {
        doublings++;
    }
    size_t floor = low << bench_below(random, doublings + 1);
    size_t size = floor + bench_below(random, (uint32_t)floor);
    return size < high ? size : high;
}

// ---- blocks with their size written at both ends ----

static inline uint8_t bench_mark(size_t size) {
    return (uint8_t)(size * 0x9du >> 3);
}

// Writes into the first and the last byte; size is not 0.
static inline void bench_stamp(void *block, size_t size) {
    ((volatile uint8_t *)block)[0] = bench_mark(size);
    ((volatile uint8_t *)block)[size - 1] = bench_mark(size);
}

static inline void bench_check(const void *block, size_t size) {
    const volatile uint8_t *bytes = block;
    if (bytes[0] != bench_mark(size) || bytes[size - 1] != bench_mark(size)) {
        bench_fail("a block does not hold what was written into it");
    }
}

// A stamped block of `size` >= 1 bytes.
static inline void *bench_take(size_t size) {
    void *block = malloc(size);
    if (!block) {
        bench_fail("malloc returned NULL");
    }
    bench_stamp(block, size);
    return block;
}

static inline void bench_give(void *block, size_t size) {
    bench_check(block, size);
    free(block);
}

// ---- the program ----

// The argument at `index`, or `otherwise` when it is not given.
static inline unsigned long bench_argument(int argc, char **argv, int index,
                                           unsigned long otherwise) {
    if (index >= argc) {
        return otherwise;
    }
    char *end = NULL;
    unsigned long value = strtoul(argv[index], &end, 10);
    if (end == argv[index] || *end) {
        bench_fail("arguments are whole numbers");
    }
    return value;
}

enum { BENCH_THREADS_MAX = 64 };

static inline unsigned bench_threads(int argc, char **argv, int index) {
    unsigned long threads = bench_argument(argc, argv, index, 2);
    if (threads < 1 || threads > BENCH_THREADS_MAX) {
        bench_fail("the number of threads is 1 to 64");
    }
    return (unsigned)threads;
}

static inline pthread_t bench_start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, argument)) {
        bench_fail("a thread could not be started");
    }
    return thread;
}

static inline void bench_join(pthread_t thread) {
    if (pthread_join(thread, NULL)) {
        bench_fail("a thread could not be joined");
    }
}

// Runs body(arguments + i * size) for every i < count, each in its thread, and
// waits for all.
static inline void bench_run(unsigned count, void *(*body)(void *),
                             void *arguments, size_t size) {
    pthread_t threads[BENCH_THREADS_MAX];
    for (unsigned i = 0; i < count; i++) {
        threads[i] = bench_start(body, (char *)arguments + i * size);
    }
    for (unsigned i = 0; i < count; i++) {
        bench_join(threads[i]);
    }
}

// The self-check value: depends only on the arguments, not on the allocator.
static inline int bench_report(uint64_t value) {
    printf("%llu\n", (unsigned long long)value);
    return 0;
}

#endif
