// spawn_pthread.c - a thread by the C library, for builds with a sanitizer,
// whose run-time must know of every thread.
#include "instrument/os/spawn.h"

#include "core/base/atomic.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

struct start {
    struct rp_spawned *thread;
    void (*body)(void *context);
    void *context;
};

static void *thread_main(void *argument) {
    struct start *start = argument;
    struct rp_spawned *thread = start->thread;

    start->body(start->context);
    rp_system_unmap(start, sizeof *start);
    store_release(&thread->alive, 0); // release [spawned]: all it has done
    rp_system_wake(&thread->alive);
    return NULL;
}

int rp_spawn(struct rp_spawned *thread, void (*body)(void *context),
             void *context, const int files[2]) {
    int saved = errno, error;
    sigset_t all, before;
    pthread_t made;
    struct start *start = rp_system_map(sizeof *start, RP_MAP_OWN);
    if (start == NULL)
        return ENOMEM;

    (void)files; // of the one table that all threads share
    *start = (struct start){thread, body, context};
    store_relaxed(&thread->alive, 1); // relaxed: made known by the creation
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&made, NULL, thread_main, start);
    if (error == 0)
        pthread_detach(made);
    else
        store_relaxed(&thread->alive, 0); // relaxed: there is no thread
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return error;
}

void rp_spawn_errand(void (*body)(void *context), void *context) {
    body(context);
}
