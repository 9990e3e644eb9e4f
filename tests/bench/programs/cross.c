// cross.c - every block is freed by the thread that did not allocate it.
//
// Two threads, two halves of a table: both fill their own half, meet, empty the
// other's half, meet, and so on. The meeting is a spin that yields; a turn is
// long enough to make its cost small.
//
// Arguments: thousands of pairs of each thread, least size, greatest size.
#include "bench.h"

#include <sched.h>
#include <stdatomic.h>

enum { TURN = 2000 };

static void *blocks[2][TURN];
static unsigned long turns;
static size_t size_min, size_max;
static atomic_ulong arrived;

// Both threads have called it as often: each sees what the other wrote before.
static void meet(unsigned long *calls) {
    *calls += 2;
    atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel);
    while (atomic_load_explicit(&arrived, memory_order_acquire) < *calls) {
        sched_yield();
    }
}

static void *body(void *argument) {
    unsigned side = *(unsigned *)argument;
    struct bench_random random = bench_seed(side);
    uint16_t sizes[TURN];
    unsigned long calls = 0;

    for (int i = 0; i < TURN; i++) {
        sizes[i] = (uint16_t)bench_between(&random, size_min, size_max);
    }
    for (unsigned long turn = 0; turn < turns; turn++) {
        for (int i = 0; i < TURN; i++) {
            blocks[side][i] = malloc(sizes[i]);
        }
        meet(&calls);
        for (int i = 0; i < TURN; i++) {
            free(blocks[!side][i]);
        }
        meet(&calls);
    }
    return NULL;
}

int main(int argc, char **argv) {
    unsigned sides[2] = {0, 1};
    turns = bench_argument(argc, argv, 1, 1000) * 1000 / TURN;
    size_min = bench_argument(argc, argv, 2, 64);
    size_max = bench_argument(argc, argv, 3, size_min);

    if (size_min > size_max || size_max > UINT16_MAX) {
        bench_fail("sizes are up to 65535, the least first");
    }
    bench_run(2, body, sides, sizeof(sides[0]));
    return 0;
}
