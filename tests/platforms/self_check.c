// self_check.c - whether core works where it was built for.
//
// A plain program, as there is no Criterion on most systems; it tells its cases
// in TAP. MACHINE_WATCHES_THREADS: whether the system tells of the end of a
// thread.
#include "core/base/atomic.h"
#include "core/rpmalloc.h"
#include "tests/core/random.h"
#include "tests/core/shadow.h"
#include "tests/platforms/machine.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 8, SHELVES = 256, MIB = 1 << 20 };

static int failed;

static void tell(int good, const char *name) {
    printf("%sok - %s\n", good ? "" : "not ", name);
    fflush(stdout);
    failed |= !good;
}

static struct rpmalloc_global_statistics now(void) {
    struct rpmalloc_global_statistics numbers;

    rpmalloc_global_statistics(&numbers);
    return numbers;
}

// ---- blocks ----

static int random_calls_keep_every_block(void) {
    static struct shadow shadow;

    shadow_init(&shadow, 7, 300, 3 * MIB);
    for (int i = 0; i < 2000; ++i) {
        shadow_step(&shadow);
        if (i % 1000 == 999)
            rpmalloc_thread_collect();
    }
    shadow_free_all(&shadow);
    if (shadow.mistakes != 0)
        printf("# %s\n", shadow.first_mistake);
    return shadow.mistakes == 0 && shadow.failures == 0;
}

static int is_refused(const void *block, int expected) {
    int good = block == NULL && errno == expected;

    errno = 0;
    return good;
}

static int bad_requests_are_refused(void) {
    void *result = &failed;
    volatile size_t most = SIZE_MAX, none = 0,
                    odd = 3; // unknown to the compiler

    errno = 0;
    return is_refused(rpmalloc(most), ENOMEM) &&
           is_refused(rpmalloc(most / 2 + 2), ENOMEM) &&
           is_refused(rpcalloc(most / 2, 3), ENOMEM) &&
           is_refused(rpaligned_alloc(odd, 100), EINVAL) &&
           is_refused(rpaligned_alloc(none, 100), EINVAL) &&
           is_refused(rpaligned_alloc(most / 2 + 1, 100), ENOMEM) &&
           rpposix_memalign(&result, 3, 100) == EINVAL && result == &failed &&
           errno == 0;
}

static int no_bytes_are_a_block_of_their_own(void) {
    void *one = rpmalloc(0), *other = rpmalloc(0);
    int good = one != NULL && other != NULL && one != other;

    rpfree(NULL);
    rpfree(one);
    rpfree(other);
    return good;
}

// ---- memory that goes and comes ----

static int is_zero(const unsigned char *bytes, size_t size) {
    return bytes != NULL && bytes[0] == 0 &&
           memcmp(bytes, bytes + 1, size - 1) == 0;
}

static int memory_that_went_comes_back_as_zeroes(void) {
    static unsigned char *blocks[80];
    unsigned char *pin = rpmalloc(200000);
    int good = 1;

    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 80; ++i) {
            blocks[i] = rpcalloc(1, 100000);
            good &= is_zero(blocks[i], 100000);
            memset(blocks[i], 0xa5, 100000);
        }
        for (int i = 0; i < 80; ++i)
            if (i % 37 != 0)
                rpfree(blocks[i]);
        rpmalloc_thread_collect();
        for (int i = 0; i < 80; i += 37)
            rpfree(blocks[i]);
    }
    rpfree(pin);
    return good;
}

static int pages_between_blocks_go_and_come(void) {
    enum { COUNT = 30000, SIZE = 300, STEP = 150 };
    static unsigned char *blocks[COUNT];
    int good = 1;

    for (size_t i = 0; i < COUNT; ++i) {
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], (int)(i % 251), SIZE);
    }
    for (size_t i = 0; i < COUNT; ++i)
        if (i % STEP != 0)
            rpfree(blocks[i]);
    rpmalloc_thread_collect();
    for (size_t i = 0; i < COUNT; ++i)
        if (i % STEP != 0) {
            blocks[i] = rpmalloc(SIZE);
            memset(blocks[i], (int)(i % 251), SIZE);
        }
    for (size_t i = 0; i < COUNT; ++i) {
        good &= blocks[i][0] == i % 251 && blocks[i][SIZE - 1] == i % 251;
        rpfree(blocks[i]);
    }
    return good;
}

static int a_heap_of_ones_own_frees_all_at_once(void) {
    struct rpmalloc_heap *heap = rpmalloc_heap_acquire();
    int good = heap != NULL;

    for (size_t size = 1; size < 3 * MIB; size += 1 + size / 3) {
        char *block = rpmalloc_heap_alloc(heap, size);
        good &= block != NULL && rpmalloc_get_heap_for_ptr(block) == heap;
        block[0] = block[size - 1] = 1;
    }
    rpmalloc_heap_free_all(heap);
    rpmalloc_heap_release(heap);
    return good;
}

// ---- threads ----

static _Atomic(size_t *) shelves[SHELVES]; // a block's first word is its size
static _Atomic(int) mistakes;

static void put(_Atomic(size_t *) *shelf, size_t *fresh) {
    // acquire, release [shelf]: what is in the block
    size_t *old = swap_acq_rel(shelf, fresh);

    if (old != NULL && ((unsigned char *)old)[*old - 1] != (*old & 0xff))
        add_relaxed(&mistakes, 1); // relaxed: read when the threads have ended
    rpfree(old);
}

static void hand_over(int index, void *context) {
    uint64_t random = (uint64_t)index + 1 + (uint64_t) * (int *)context * 100;

    for (int i = 0; i < 3000; ++i) {
        size_t size = sizeof(size_t) + 1 + random_size(&random, 100000);
        size_t *fresh = rpmalloc(size);
        if (fresh == NULL) {
            add_relaxed(&mistakes, 1); // relaxed: as above
            continue;
        }
        *fresh = size;
        ((unsigned char *)fresh)[size - 1] = (unsigned char)size;
        put(&shelves[random_below(&random, SHELVES)], fresh);
        if (i % 500 == 0)
            rpmalloc_thread_reset();
    }
    // Every second thread leaves it to the system, where that tells.
    if (!MACHINE_WATCHES_THREADS || index % 2 == 0)
        rpmalloc_thread_reset();
}

static int blocks_go_from_thread_to_thread(void) {
    for (int round = 0; round < ROUNDS; ++round)
        machine_run(THREADS, hand_over, &round);
    for (int i = 0; i < SHELVES; ++i)
        put(&shelves[i], NULL);
    return load_relaxed(&mistakes) == 0; // relaxed: the threads have ended
}

static int ended_threads_leave_their_heaps_to_others(void) {
    return now().heaps <= 2 * THREADS + 2;
}

// ---- the end ----

static int finalize_gives_everything_back(void) {
    rpmalloc_finalize();
    return now().mapped == 0;
}

#define TELL(name) tell(name(), #name)

int main(void) {
    for (int life = 0; life < 2; ++life) {
        tell(rpmalloc_initialize() == 0, "initialize");
        TELL(random_calls_keep_every_block);
        TELL(bad_requests_are_refused);
        TELL(no_bytes_are_a_block_of_their_own);
        TELL(memory_that_went_comes_back_as_zeroes);
        TELL(pages_between_blocks_go_and_come);
        TELL(a_heap_of_ones_own_frees_all_at_once);
        TELL(blocks_go_from_thread_to_thread);
        TELL(ended_threads_leave_their_heaps_to_others);
        TELL(finalize_gives_everything_back);
    }
    return failed;
}
