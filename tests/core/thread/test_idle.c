// test_idle.c - a block freed while its heap is being given up is not left
// behind in a heap that nobody has.
//
// A victim gives its heap up, one machine instruction at a time; at a chosen
// instruction another thread frees the last block of one of its spans. Tried
// for every instruction. x86-64 only, by the processor's trap flag.
#if defined(__x86_64__)
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/hook.h"
#include "core/rpmalloc.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <ucontext.h>

enum { TRAP_FLAG = 256, SIZE = 30000, MOST_STOPS = 20000 };

static void *block;           // the last one of its span
static size_t stops, free_at; // the instruction at which it is freed
static sem_t may_free, is_freed;
static volatile sig_atomic_t is_stepping;

static void free_it(void) {
    sem_post(&may_free);
    while (sem_wait(&is_freed) != 0)
        continue;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

    (void)signal, (void)info;
    if (!is_stepping) {
        *flags &= ~TRAP_FLAG;
        return;
    }
    *flags |= TRAP_FLAG;
    if (stops++ == free_at)
        free_it();
}

static void *freer(void *argument) {
    for (;;) {
        while (sem_wait(&may_free) != 0)
            continue;
        if (block == NULL)
            return argument;
        rpfree(block);
        // Its own heap must not hold the block back.
        rpmalloc_thread_reset();
        sem_post(&is_freed);
    }
}

static void *victim(void *argument) {
    // Three spans, the first one with one block, which another frees.
    block = rpmalloc(SIZE);
    void *mine = rpmalloc(SIZE);
    rpfree(rpmalloc(SIZE));
    rpfree(rpmalloc(SIZE));
    rpfree(mine);
    stops = 0;
    is_stepping = 1;
    raise(SIGTRAP);
    rpmalloc_thread_reset();
    is_stepping = 0;
    raise(SIGTRAP);
    return argument;
}

static size_t deferred;

static void count(const struct rp_span_info *span, void *context) {
    (void)context;
    deferred += span->deferred_blocks;
}

Test(idle, no_block_is_left_behind_at_whatever_instruction_it_is_freed) {
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    pthread_t thread, other;
    size_t left_behind = 0;
    sigaction(SIGTRAP, &action, NULL);
    sem_init(&may_free, 0, 0);
    sem_init(&is_freed, 0, 0);
    pthread_create(&other, NULL, freer, NULL);

    for (free_at = 0; free_at <= stops && free_at < MOST_STOPS; ++free_at) {
        pthread_create(&thread, NULL, victim, NULL);
        pthread_join(thread, NULL);
        if (free_at >= stops)
            free_it();
        deferred = 0;
        rp_walk(count, NULL);

        left_behind += deferred != 0;
    }
    block = NULL;
    sem_post(&may_free);
    pthread_join(other, NULL);

    cr_assert(gt(sz, free_at, 100));
    cr_assert(zero(sz, left_behind));
}
#endif
