// handlers.c - signal handlers that allocate, in a program that knows nothing
// of the library in front of it. Tells its cases in TAP.
//
// Not to be run with glibc's malloc, whose lock a handler may find taken by its
// own thread.
#include "core/rpmalloc.h"
#include "tests/timer.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma weak rpmalloc_global_statistics

enum { SHELVES = 64, SIGNALS = 1000, WORKERS = 2 };

static int failed;

static void tell(int good, const char *name) {
    printf("%sok - %s\n", good ? "" : "not ", name);
    fflush(stdout);
    failed |= !good;
}

// ---- blocks that tell when they are damaged ----

static _Atomic(size_t *) shelves[SHELVES];
static atomic_int mistakes, signals;

static size_t *make(size_t size) {
    size_t *block = malloc(size + sizeof *block);

    block[0] = size;
    memset(block + 1, (int)(size & 0xff), size);
    return block;
}

static void drop(size_t *block) {
    if (block == NULL)
        return;
    const unsigned char *bytes = (const unsigned char *)(block + 1);
    for (size_t i = 0; i < block[0]; ++i)
        if (bytes[i] != (block[0] & 0xff)) {
            ++mistakes;
            break;
        }
    free(block);
}

static void churn_once(unsigned *random) {
    *random = *random * 1103515245 + 12345;
    size_t size =
        (*random >> 16) % 64 == 0 ? *random % 200000 : (*random >> 8) % 900;
    drop(atomic_exchange(&shelves[*random >> 26], make(size)));
}

static void churn_in_handler(int number) {
    static atomic_uint seed = 99;
    unsigned random = atomic_fetch_add(&seed, 7919);

    (void)number;
    for (int i = 0; i < 5; ++i)
        churn_once(&random);
    ++signals;
}

static void churn_and_again(int number) {
    churn_in_handler(number);
    timer_again();
}

static void *churn(void *seed) {
    unsigned random = (unsigned)(uintptr_t)seed;

    while (signals < SIGNALS)
        churn_once(&random);
    return NULL;
}

static int handlers_allocate_whatever_they_interrupt(void) {
    struct sigaction action = {.sa_handler = churn_in_handler,
                               .sa_flags = SA_RESTART};
    pthread_t workers[WORKERS];
    unsigned random = 1;

    sigaction(SIGUSR1, &action, NULL);
    signals = 0;
    for (uintptr_t i = 0; i < WORKERS; ++i)
        pthread_create(&workers[i], NULL, churn, (void *)(i + 5));
    while (signals < SIGNALS) {
        random = random * 1103515245 + 12345;
        pthread_kill(workers[(random >> 20) % WORKERS], SIGUSR1);
        for (unsigned i = random >> 27; i > 0; --i)
            churn_once(&random);
    }
    for (int i = 0; i < WORKERS; ++i)
        pthread_join(workers[i], NULL);
    for (int i = 0; i < SHELVES; ++i)
        drop(atomic_exchange(&shelves[i], NULL));
    return mistakes == 0;
}

static int a_timer_of_the_process_allocates(void) {
    unsigned random = 3;

    signals = 0;
    signal(SIGALRM, churn_and_again);
    timer_start(200);
    for (; signals < 100; timer_moved())
        churn_once(&random);
    timer_stop();
    return mistakes == 0;
}

// ---- what programs see of their handlers ----

static void plain(int number) {
    signals = number;
}

static siginfo_t told;

static void informed(int number, siginfo_t *info, void *context) {
    told = *info;
    signals = context != NULL ? number : -1;
}

static int the_former_handler_is_the_programs_own(void) {
    struct sigaction first = {.sa_handler = plain, .sa_flags = SA_RESTART};
    struct sigaction second = {.sa_sigaction = informed,
                               .sa_flags = SA_SIGINFO | SA_NODEFER};
    struct sigaction former, now;

    sigaction(SIGUSR2, &first, NULL);
    sigaction(SIGUSR2, &second, &former);
    sigaction(SIGUSR2, NULL, &now);
    int good =
        former.sa_handler == plain &&
        (former.sa_flags & (SA_SIGINFO | SA_RESTART)) == SA_RESTART &&
        now.sa_sigaction == informed &&
        (now.sa_flags & (SA_SIGINFO | SA_NODEFER)) == (SA_SIGINFO | SA_NODEFER);
    raise(SIGUSR2);
    good &= signals == SIGUSR2 && told.si_signo == SIGUSR2 &&
            told.si_pid == getpid();
    good &= signal(SIGUSR2, SIG_IGN) == (void (*)(int))(uintptr_t)informed;
    raise(SIGUSR2);
    good &= signal(SIGUSR2, plain) == SIG_IGN;
    raise(SIGUSR2);
    good &= signal(SIGUSR2, SIG_DFL) == plain;
    return good && signal(SIGUSR2, plain) == SIG_DFL &&
           signal(SIGKILL, plain) == SIG_ERR && signal(0, plain) == SIG_ERR &&
           signal(1000, plain) == SIG_ERR;
}

static int a_child_by_vfork_takes_no_handler_away(void) {
    int status;

    signal(SIGUSR2, plain);
    pid_t child = vfork();
    if (child == 0) {
        signal(SIGUSR2, SIG_DFL);
        _exit(3);
    }
    waitpid(child, &status, 0);
    signals = 0;
    raise(SIGUSR2);
    return WEXITSTATUS(status) == 3 && signals == SIGUSR2;
}

static sigjmp_buf out;

static void leave(int number) {
    (void)number;
    siglongjmp(out, 1);
}

// The thread keeps its heap, so the number of heaps stays.
static int a_handler_may_leave_by_longjmp_where_no_call_is_interrupted(void) {
    struct rpmalloc_global_statistics before, after;

    signal(SIGUSR2, leave);
    rpmalloc_global_statistics(&before);
    for (volatile int i = 0; i < 100; ++i) {
        free(malloc(100));
        if (sigsetjmp(out, 1) == 0)
            raise(SIGUSR2);
    }
    rpmalloc_global_statistics(&after);
    return before.heaps == after.heaps;
}

#define TELL(name) tell(name(), #name)

int main(void) {
    TELL(the_former_handler_is_the_programs_own);
    TELL(handlers_allocate_whatever_they_interrupt);
    TELL(a_timer_of_the_process_allocates);
    TELL(a_child_by_vfork_takes_no_handler_away);
    TELL(a_handler_may_leave_by_longjmp_where_no_call_is_interrupted);
    return failed;
}
