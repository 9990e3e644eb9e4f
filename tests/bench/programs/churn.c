// churn.c - the load for recorders: blocks replaced at random, deep in a
// program whose call stack changes at its end only.
//
// For each block that it replaces, a thread goes all the way down to the given
// depth, and comes up again; the last calls are on a random way, through one of
// two functions each. So a stack has about three frames that the last one had
// not, and all above are the same, as in real programs.
//
// Arguments: thousands of pairs of malloc and free, depth of the calls,
// threads.
#include "bench.h"

enum {
    LIVE = 1000,
    CHANGING = 4, // calls of a way that are drawn anew each time
    SIZE_LOW = 16,
    SIZE_HIGH = 512,
};

struct thread {
    struct bench_random random;
    unsigned long pairs;
    unsigned long depth;
    uint64_t sum;
    void *blocks[LIVE];
    uint16_t sizes[LIVE];
};

#define FRAME __attribute__((noinline))

static FRAME void bottom(struct thread *thread) {
    uint32_t slot = bench_below(&thread->random, LIVE);
    if (thread->blocks[slot]) {
        bench_give(thread->blocks[slot], thread->sizes[slot]);
    }
    size_t size = bench_between(&thread->random, SIZE_LOW, SIZE_HIGH);
    thread->blocks[slot] = bench_take(size);
    thread->sizes[slot] = (uint16_t)size;
    thread->sum += size;
}

static FRAME void right(struct thread *thread, unsigned calls, unsigned way);

// The use after each call keeps it from being made a jump or a loop.
static FRAME void left(struct thread *thread, unsigned calls, unsigned way) {
    if (!calls) {
        bottom(thread);
    } else if (way & 1) {
        right(thread, calls - 1, way >> 1);
    } else {
        left(thread, calls - 1, way >> 1);
    }
    bench_use(thread);
}

static FRAME void right(struct thread *thread, unsigned calls, unsigned way) {
    if (!calls) {
        bottom(thread);
    } else if (way & 1) {
        left(thread, calls - 1, way >> 1);
    } else {
        right(thread, calls - 1, way >> 1);
    }
    bench_use(thread);
}

static FRAME void descend(struct thread *thread, unsigned long calls) {
    if (calls) {
        descend(thread, calls - 1);
    } else {
        left(thread, CHANGING, bench_below(&thread->random, 1u << CHANGING));
    }
    bench_use(thread);
}

static void *body(void *argument) {
    struct thread *thread = argument;
    // This one, `descend` itself, the calls that change, `left` and `bottom`.
    for (unsigned long i = 0; i < thread->pairs; i++) {
        descend(thread, thread->depth - CHANGING - 4);
    }
    for (uint32_t slot = 0; slot < LIVE; slot++) {
        if (thread->blocks[slot]) {
            bench_give(thread->blocks[slot], thread->sizes[slot]);
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    static struct thread threads[BENCH_THREADS_MAX];
    unsigned long pairs = bench_argument(argc, argv, 1, 100) * 1000;
    unsigned long depth = bench_argument(argc, argv, 2, 10);
    unsigned count = bench_threads(argc, argv, 3);

    if (depth < CHANGING + 4 || depth > 1000) {
        bench_fail("the depth is 8 to 1000");
    }
    for (unsigned i = 0; i < count; i++) {
        threads[i].random = bench_seed(i);
        threads[i].pairs = pairs;
        threads[i].depth = depth;
    }
    if (count == 1) {
        body(&threads[0]); // in a process of one thread
    } else {
        bench_run(count, body, threads, sizeof(threads[0]));
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        sum += threads[i].sum;
    }
    return bench_report(sum);
}
