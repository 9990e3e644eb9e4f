// corners.c - allocation where programs do not expect it to be special: thread
// ends, destructors, forks amid threads, signal-driven ends.
//
// Run plainly and with each library in front, it tells its cases in TAP.
#include "core/rpmalloc.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma weak rpmalloc_global_statistics

enum { CHURNERS = 3, SHORT_THREADS = 1000, MIB = 1 << 20 };

static int failed, forks = 10; // or RPSCOPE_FORKS

static void tell(int good, const char *name) {
    printf("%sok - %s\n", good ? "" : "not ", name);
    fflush(stdout);
    failed |= !good;
}

static struct rpmalloc_global_statistics now(void) {
    struct rpmalloc_global_statistics numbers = {0};

    if (rpmalloc_global_statistics != NULL)
        rpmalloc_global_statistics(&numbers);
    return numbers;
}

// ---- forks ----

static atomic_int is_over;
static _Atomic(void *) shelves[256];

static void churn_once(unsigned *random) {
    *random = *random * 1103515245 + 12345;
    size_t size = (*random >> 16) % 64 == 0 ? *random % 300000 : *random % 2000;
    char *fresh = malloc(size + 1);
    fresh[0] = fresh[size] = 'x';
    free(atomic_exchange(&shelves[*random >> 24], fresh));
}

static void *churn(void *seed) {
    unsigned random = (unsigned)(size_t)seed;

    while (!is_over)
        churn_once(&random);
    return NULL;
}

static void *churn_a_while(void *seed) {
    unsigned random = (unsigned)(size_t)seed;

    for (int i = 0; i < 2000; ++i)
        churn_once(&random);
    return NULL;
}

// In a child: every block of the parent's threads can be freed, blocks of every
// size had, and threads made.
static int live_as_a_child(void) {
    pthread_t thread;

    churn_a_while((void *)1);
    if (pthread_create(&thread, NULL, churn_a_while, (void *)2) != 0)
        return 1;
    churn_a_while((void *)3);
    pthread_join(thread, NULL);
    for (int i = 0; i < 256; ++i)
        free(atomic_exchange(&shelves[i], NULL));
    return 17;
}

static int a_child_forked_amid_busy_threads_allocates(void) {
    pthread_t threads[CHURNERS];
    int good = 1;

    for (size_t i = 0; i < CHURNERS; ++i)
        pthread_create(&threads[i], NULL, churn, (void *)(i + 10));
    for (int i = 0; i < forks; ++i) {
        pid_t child = fork();
        if (child == 0) {
            alarm(30);
            _exit(live_as_a_child());
        }
        int status = 0;
        waitpid(child, &status, 0);
        good &= WIFEXITED(status) && WEXITSTATUS(status) == 17;
    }
    is_over = 1;
    for (size_t i = 0; i < CHURNERS; ++i)
        pthread_join(threads[i], NULL);
    return good;
}

static int a_child_of_a_child_allocates(void) {
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0)
            _exit(live_as_a_child());
        waitpid(grandchild, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 17;
}

// ---- thread ends ----

static void *allocate_a_little(void *argument) {
    void *small = malloc(100), *large = malloc(100000);

    free(small);
    free(large);
    return argument;
}

static int an_ended_thread_leaves_its_heap_to_the_next(void) {
    pthread_t thread;
    size_t heaps = now().heaps;

    for (int i = 0; i < SHORT_THREADS; ++i) {
        pthread_create(&thread, NULL, allocate_a_little, NULL);
        pthread_join(thread, NULL);
    }
    return now().heaps <= heaps + 1;
}

static void *leave_blocks(void *blocks) {
    for (size_t i = 0; i < 2000; ++i)
        ((void **)blocks)[i] = malloc(1000);
    return NULL;
}

static int blocks_of_ended_threads_do_not_pile_up(void) {
    static void *blocks[2000];
    pthread_t thread;
    size_t mapped = 0;

    for (int i = 0; i < 40; ++i) {
        pthread_create(&thread, NULL, leave_blocks, blocks);
        pthread_join(thread, NULL);
        for (size_t b = 0; b < 2000; ++b)
            free(blocks[b]);
        if (i == 9)
            mapped = now().mapped;
    }
    return now().mapped <= mapped + 4 * MIB;
}

static pthread_key_t key;
static atomic_int destructions;
static _Thread_local int rounds;

// Comes back for another round, after the allocator's own end of the thread.
static void allocate_at_the_end(void *value) {
    char *block = malloc(500);

    memset(block, 1, 500);
    free(value);
    ++destructions;
    if (++rounds < 3)
        pthread_setspecific(key, block);
    else
        free(block);
}

static void *use_the_key(void *argument) {
    pthread_setspecific(key, malloc(100));
    return argument;
}

static int destructors_of_thread_values_allocate(void) {
    pthread_t thread;
    size_t heaps = now().heaps;

    pthread_key_create(&key, allocate_at_the_end);
    for (int i = 0; i < 500; ++i) {
        pthread_create(&thread, NULL, use_the_key, NULL);
        pthread_join(thread, NULL);
    }
    return destructions == 3 * 500 && now().heaps <= heaps + 1;
}

static int many_keys_of_thread_values_are_no_matter(void) {
    pthread_key_t keys[200];
    int good = 1;

    for (int i = 0; i < 200; ++i)
        good &= pthread_key_create(&keys[i], NULL) == 0 &&
                pthread_setspecific(keys[i], keys) == 0;
    pthread_t thread;
    pthread_create(&thread, NULL, allocate_a_little, NULL);
    pthread_join(thread, NULL);
    for (int i = 0; i < 200; ++i)
        pthread_key_delete(keys[i]);
    return good;
}

// ---- signals ----

// Deprecated by its header, and used all the same.
extern int interrupts(int number, int flag) __asm__("siginterrupt");

static void ignore(int number) {
    (void)number;
}

// Whether system calls are started again after the signal, for its handler.
static int restarts(int number) {
    struct sigaction now;

    return sigaction(number, NULL, &now) == 0 && now.sa_handler == ignore &&
           (now.sa_flags & SA_RESTART) != 0;
}

static int siginterrupt_is_kept(void) {
    int good = signal(SIGUSR1, ignore) != SIG_ERR && restarts(SIGUSR1);

    good &= interrupts(SIGUSR1, 1) == 0 && !restarts(SIGUSR1);
    good &= signal(SIGUSR1, ignore) == ignore && !restarts(SIGUSR1);
    good &= interrupts(SIGUSR1, 0) == 0 && restarts(SIGUSR1);
    good &= signal(SIGUSR1, ignore) == ignore && restarts(SIGUSR1);
    return good && interrupts(100, 1) == -1 &&
           signal(SIGUSR1, SIG_DFL) == ignore;
}

// ---- the end of the program ----

static void *late_block;

static void at_exit(void) {
    free(late_block);
    late_block = malloc(5000);
    memset(late_block, 1, 5000);
}

__attribute__((constructor(101))) static void allocate_early(void) {
    late_block = malloc(100);
}

__attribute__((destructor(101))) static void allocate_late(void) {
    free(late_block);
    free(malloc(10000));
}

#define TELL(name) tell(name(), #name)

int main(void) {
    const char *many = getenv("RPSCOPE_FORKS");

    if (many != NULL)
        forks = atoi(many);
    atexit(at_exit);
    TELL(an_ended_thread_leaves_its_heap_to_the_next);
    TELL(blocks_of_ended_threads_do_not_pile_up);
    TELL(destructors_of_thread_values_allocate);
    TELL(many_keys_of_thread_values_are_no_matter);
    TELL(a_child_forked_amid_busy_threads_allocates);
    TELL(a_child_of_a_child_allocates);
    TELL(siginterrupt_is_kept);
    return failed;
}
