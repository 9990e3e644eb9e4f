// test_stop.c - a thread that is stopped at any instruction stops nobody else.
//
// A victim does a deed one machine instruction at a time (the processor's trap
// flag); after every instruction its signal handler waits until two other
// threads have each done a round of allocating and freeing, across threads and
// into the victim's heap. If they had to wait for the victim in any way, the
// handler would wait for ever; it gives up after a while. Where a loop comes by
// the same instruction again and again, it does so only now and then.
#if defined(__x86_64__)
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/base/atomic.h"
#include "core/rpmalloc.h"
#include "tests/core/random.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    WORKERS = 2,
    SHELVES = 16,
    BLOCKS = 32,
    GIVEN = 20000,    // blocks of the victim's heap, for the workers to free
    TRAP_FLAG = 256,  // in the processor's flags
    FIRST = 4,        // times at an instruction;
    THEN = 16,        // beyond, a stop in so many
    PLACES = 1 << 16, // by address of the instruction
    PATIENCE = 30,    // seconds
};

static sem_t begin[WORKERS];
static sem_t end;
static _Atomic(int) is_over;
static _Atomic(void *) shelves[SHELVES];
static void *given[GIVEN];
static _Atomic(size_t) given_away;

static volatile sig_atomic_t is_stepping;
static volatile size_t stops;
static unsigned short visits[PLACES];

// ---- the others ----

static void work_round(size_t round, uint64_t *random) {
    // What the other worker allocated.
    void *fresh = rpmalloc(random_below(random, 600));
    rpfree(swap_acq_rel(&shelves[random_below(random, SHELVES)], fresh));
    // A span's last block sends the span on its way.
    rpfree(rpmalloc(30000));
    if (round % 4 == 0)
        rpfree(rpmalloc(100000));
    if (round % 64 == 0)
        rpfree(rpmalloc(3000000));
    if (round % 8 == 0) {
        size_t next = add_relaxed(&given_away, 1);
        rpfree(next < GIVEN ? given[next] : NULL);
    }
    if (round % 16 == 0)
        rpmalloc_thread_reset();
    if (round % 256 == 0)
        rpmalloc_thread_collect();
}

static void *worker(void *argument) {
    int index = *(int *)argument;
    uint64_t random = (uint64_t)index + 1;

    for (size_t round = 0;; ++round) {
        sem_wait(&begin[index]);
        if (load_relaxed(&is_over))
            break;
        work_round(round, &random);
        sem_post(&end);
    }
    rpmalloc_thread_reset();
    return NULL;
}

// ---- the victim ----

static void give_up(void) {
    static const char message[] = "the others do not go on\n";

    if (write(2, message, sizeof message - 1) >= 0)
        abort();
}

static void wait_for_others(void) {
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    for (int i = 0; i < WORKERS; ++i)
        sem_post(&begin[i]);
    for (int i = 0; i < WORKERS; ++i)
        while (sem_timedwait(&end, &until) != 0)
            if (errno == ETIMEDOUT)
                give_up();
}

static int is_worth_a_stop(greg_t instruction) {
    unsigned count = ++visits[(size_t)instruction % PLACES];

    return count <= FIRST || count % THEN == 0;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    greg_t *flags = &registers[REG_EFL];
    int saved = errno;

    (void)signal, (void)info;
    if (!is_stepping) {
        *flags &= ~TRAP_FLAG;
    } else {
        *flags |= TRAP_FLAG;
        ++stops;
        if (is_worth_a_stop(registers[REG_RIP]))
            wait_for_others();
    }
    errno = saved;
}

// Does the deed instruction by instruction, stopped after each.
static void stopped_in(void (*deed)(void)) {
    is_stepping = 1;
    raise(SIGTRAP);
    deed();
    is_stepping = 0;
    raise(SIGTRAP);
}

// prepare: done at full speed before, in the same thread; may be NULL.
static void assert_nobody_waits(void (*prepare)(void), void (*deed)(void),
                                size_t least_stops) {
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    int indices[WORKERS];
    pthread_t threads[WORKERS];

    sigaction(SIGTRAP, &action, NULL);
    for (int i = 0; i < GIVEN; ++i)
        given[i] = rpmalloc(48);
    sem_init(&end, 0, 0);
    for (int i = 0; i < WORKERS; ++i) {
        indices[i] = i;
        sem_init(&begin[i], 0, 0);
        cr_assert(
            zero(int, pthread_create(&threads[i], NULL, worker, &indices[i])));
    }
    if (prepare != NULL)
        prepare();
    stopped_in(deed);
    store_relaxed(&is_over, 1);
    for (int i = 0; i < WORKERS; ++i) {
        sem_post(&begin[i]);
        pthread_join(threads[i], NULL);
    }

    cr_assert(ge(sz, stops, least_stops));
}

// ---- deeds ----

static void *mine[BLOCKS];
static void *others[BLOCKS];

static void small_blocks(void) {
    for (size_t i = 0; i < 4; ++i)
        mine[i] = rpmalloc(i * 200);
    for (size_t i = 0; i < 4; ++i)
        rpfree(mine[i]);
}

Test(stop, in_allocating_and_freeing_small_blocks) {
    assert_nobody_waits(NULL, small_blocks, 500);
}

static void span_after_span(void) {
    for (size_t i = 0; i < 5; ++i)
        mine[i] = rpmalloc(32000);
    for (size_t i = 0; i < 5; ++i)
        rpfree(mine[i]);
}

Test(stop, in_taking_and_giving_spans) {
    assert_nobody_waits(NULL, span_after_span, 500);
}

static void large_blocks(void) {
    for (size_t i = 0; i < 4; ++i)
        mine[i] = rpmalloc(100000 * (i + 1));
    for (size_t i = 0; i < 4; ++i)
        rpfree(mine[i]);
}

Test(stop, in_taking_and_giving_runs_of_spans) {
    assert_nobody_waits(NULL, large_blocks, 300);
}

static void huge_blocks(void) {
    for (size_t i = 0; i < 3; ++i)
        mine[i] = rpmalloc(3000000);
    for (size_t i = 0; i < 3; ++i)
        rpfree(mine[i]);
}

Test(stop, in_mapping_and_unmapping_huge_blocks) {
    assert_nobody_waits(NULL, huge_blocks, 300);
}

static void map_segment(void) {
    for (size_t i = 0; i < 6; ++i)
        mine[i] = rpmalloc(2000000);
}

static void unmap_segment(void) {
    for (size_t i = 0; i < 6; ++i)
        rpfree(mine[i]);
    rpmalloc_thread_collect();
}

Test(stop, in_mapping_segments) {
    assert_nobody_waits(NULL, map_segment, 300);
}

Test(stop, in_unmapping_segments) {
    assert_nobody_waits(map_segment, unmap_segment, 300);
}

static void *allocate_for_victim(void *argument) {
    (void)argument;
    for (size_t i = 0; i < BLOCKS; ++i)
        others[i] = rpmalloc(i * 60);
    return NULL;
}

static void *allocate_and_reset(void *argument) {
    allocate_for_victim(argument);
    rpmalloc_thread_reset();
    return NULL;
}

static void take_blocks_of_an_ended_thread(void) {
    pthread_t thread;

    pthread_create(&thread, NULL, allocate_and_reset, NULL);
    pthread_join(thread, NULL);
}

static void free_blocks_of_others(void) {
    for (size_t i = 0; i < BLOCKS; ++i)
        rpfree(others[i]);
    rpmalloc_thread_reset();
}

Test(stop, in_freeing_into_a_heap_without_a_thread) {
    assert_nobody_waits(take_blocks_of_an_ended_thread, free_blocks_of_others,
                        1000);
}

static pthread_barrier_t barrier;

static void *allocate_and_stay(void *argument) {
    allocate_for_victim(argument);
    pthread_barrier_wait(&barrier);
    while (!load_relaxed(&is_over)) {
        rpfree(rpmalloc(600));
        sched_yield();
    }
    return NULL;
}

static void take_blocks_of_a_living_thread(void) {
    pthread_t thread;

    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, allocate_and_stay, NULL);
    pthread_detach(thread);
    pthread_barrier_wait(&barrier);
}

Test(stop, in_freeing_into_the_heap_of_a_living_thread) {
    assert_nobody_waits(take_blocks_of_a_living_thread, free_blocks_of_others,
                        1000);
}

static void change_heaps(void) {
    for (int i = 0; i < 8; ++i) {
        rpmalloc_thread_reset();
        rpmalloc_thread_initialize();
    }
}

Test(stop, in_giving_a_heap_up_and_taking_one) {
    assert_nobody_waits(NULL, change_heaps, 500);
}

static void collect(void) {
    rpmalloc_thread_collect();
}

static void have_much_to_collect(void) {
    // Blocks in many spans, some freed by the workers meanwhile.
    for (size_t i = 0; i < BLOCKS; ++i)
        mine[i] = rpmalloc(i * 400);
    for (size_t i = 0; i < BLOCKS; ++i)
        rpfree(mine[i]);
}

Test(stop, in_collecting) {
    assert_nobody_waits(have_much_to_collect, collect, 1000);
}

static void move_blocks(void) {
    void *block = NULL;

    for (size_t size = 16; size < 300; size += 200)
        block = rprealloc(block, size);
    block = rpaligned_realloc(block, 512, 100, 0, 0);
    rpfree(block);
}

Test(stop, in_moving_blocks) {
    assert_nobody_waits(NULL, move_blocks, 300);
}

// A thread is stopped through its end, too, up to the destructor of this key,
// which comes after the allocator's, as it was made later.
static pthread_key_t last_key;

static void end_stepping(void *argument) {
    (void)argument;
    is_stepping = 0;
    raise(SIGTRAP);
}

static void *end_stepped(void *argument) {
    rpfree(rpmalloc(100));
    pthread_setspecific(last_key, argument);
    is_stepping = 1;
    raise(SIGTRAP);
    return NULL;
}

static void run_a_thread_to_its_end(void) {
    pthread_t thread;

    pthread_key_create(&last_key, end_stepping);
    pthread_create(&thread, NULL, end_stepped, &last_key);
    pthread_join(thread, NULL);
}

static void nothing(void) {}

Test(stop, in_ending) {
    assert_nobody_waits(run_a_thread_to_its_end, nothing, 200);
}
#endif
