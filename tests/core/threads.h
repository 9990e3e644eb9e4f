// threads.h - running a function in several threads at once.
#ifndef TESTS_CORE_THREADS_H
#define TESTS_CORE_THREADS_H

#include "core/base/atomic.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS_MAX = 64 };

struct thread_start {
    void (*work)(int index, void *context);
    int index;
    void *context;
    pthread_barrier_t *together;
};

static inline void *thread_main(void *argument) {
    const struct thread_start *start = argument;

    pthread_barrier_wait(start->together);
    start->work(start->index, start->context);
    return NULL;
}

// Runs work(0 .. count - 1, context), each in a thread of its own, beginning
// together; returns when all have ended. count: 1 .. THREADS_MAX.
static inline void threads_run(int count,
                               void (*work)(int index, void *context),
                               void *context) {
    struct thread_start starts[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    pthread_barrier_t together;

    pthread_barrier_init(&together, NULL, (unsigned)count);
    for (int i = 0; i < count; ++i) {
        starts[i] = (struct thread_start){work, i, context, &together};
        if (pthread_create(&threads[i], NULL, thread_main, &starts[i]) != 0)
            abort();
    }
    for (int i = 0; i < count; ++i)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&together);
}

// Runs work(context) in one thread, to its end.
struct thread_errand {
    void (*work)(void *context);
    void *context;
};

static inline void *thread_errand_main(void *argument) {
    const struct thread_errand *errand = argument;

    errand->work(errand->context);
    return NULL;
}

static inline void thread_run(void (*work)(void *context), void *context) {
    struct thread_errand errand = {work, context};
    pthread_t thread;

    if (pthread_create(&thread, NULL, thread_errand_main, &errand) != 0)
        abort();
    pthread_join(thread, NULL);
}

#endif
