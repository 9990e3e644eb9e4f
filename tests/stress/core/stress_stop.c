// stress_stop.c - threads stopped by a signal, at random, stop nobody else.
//
// test_stop goes through chosen deeds instruction by instruction; here whole
// random workloads are stopped wherever the signal finds them. While a victim
// waits in its handler, the others must each do some rounds.
#include "tests/stress/core/stress.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { VICTIMS = 3, WORKERS = 2, SHELVES = 64, STOPS = 4000, PATIENCE = 6000 };

static pthread_t victims[VICTIMS];
static sem_t is_stopped, may_go_on; // the victim
static sem_t begin[WORKERS], end;   // a round of each worker
static _Atomic(int) is_over;
static _Atomic(void *) shelves[SHELVES];
// Stops that hit a victim between the call and the return of the allocator.
static _Thread_local volatile sig_atomic_t is_inside;
static _Atomic(int) stops_inside;

static void round_of_work(uint64_t *random, volatile sig_atomic_t *inside) {
    size_t shelf = random_below(random, SHELVES);
    size_t dice = random_below(random, 100);

    *inside = 1;
    void *fresh = stress_alloc(random_size(random, 200000), 0);
    stress_free(swap_acq_rel(&shelves[shelf], fresh));
    if (dice < 5)
        rpmalloc_thread_reset();
    if (dice == 6)
        rpmalloc_thread_collect();
    *inside = 0;
}

static void *victim(void *argument) {
    uint64_t random = (uint64_t)(uintptr_t)argument;

    while (!load_relaxed(&is_over))
        round_of_work(&random, &is_inside);
    return NULL;
}

static void *worker(void *argument) {
    int index = (int)(uintptr_t)argument;
    uint64_t random = (uint64_t)index + 100;
    volatile sig_atomic_t ignored;

    for (;;) {
        while (sem_wait(&begin[index]) != 0)
            continue;
        if (load_relaxed(&is_over))
            return NULL;
        for (int i = 0; i < 20; ++i)
            round_of_work(&random, &ignored);
        sem_post(&end);
    }
}

static void on_signal(int signal) {
    int saved = errno;

    (void)signal;
    if (is_inside)
        add_relaxed(&stops_inside, 1);
    sem_post(&is_stopped);
    while (sem_wait(&may_go_on) != 0)
        continue;
    errno = saved;
}

// In so many naps, which take the longer the busier the machine is.
static void wait_patiently(sem_t *semaphore, const char *what) {
    for (int naps = 0; sem_trywait(semaphore) != 0; ++naps) {
        if (naps >= PATIENCE) {
            fprintf(stderr, "not once in %d naps: %s\n", PATIENCE, what);
            abort();
        }
        nanosleep(&(struct timespec){.tv_nsec = naps < 100 ? 10000 : 10000000},
                  NULL);
    }
}

static void stop_one(uint64_t *random) {
    pthread_kill(victims[random_below(random, VICTIMS)], SIGUSR1);
    wait_patiently(&is_stopped, "a victim stops");
    for (int i = 0; i < WORKERS; ++i)
        sem_post(&begin[i]);
    for (int i = 0; i < WORKERS; ++i)
        wait_patiently(&end, "a worker has done its round");
    sem_post(&may_go_on);
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    pthread_t workers[WORKERS];
    uint64_t random = 1;

    sigaction(SIGUSR1, &action, NULL);
    sem_init(&is_stopped, 0, 0);
    sem_init(&may_go_on, 0, 0);
    sem_init(&end, 0, 0);
    for (uintptr_t i = 0; i < WORKERS; ++i) {
        sem_init(&begin[i], 0, 0);
        pthread_create(&workers[i], NULL, worker, (void *)i);
    }
    for (uintptr_t i = 0; i < VICTIMS; ++i)
        pthread_create(&victims[i], NULL, victim, (void *)(i + 1));

    for (int i = 0; i < STOPS; ++i)
        stop_one(&random);

    store_relaxed(&is_over, 1);
    for (int i = 0; i < WORKERS; ++i) {
        sem_post(&begin[i]);
        pthread_join(workers[i], NULL);
    }
    for (int i = 0; i < VICTIMS; ++i)
        pthread_join(victims[i], NULL);
    printf("%d stops, %d of them inside the allocator\n", STOPS,
           load_relaxed(&stops_inside));
    STRESS_EXPECT(load_relaxed(&stops_inside) >= STOPS / 6 * 5);
    for (int i = 0; i < SHELVES; ++i)
        stress_free(load_acquire(&shelves[i]));
    stress_end();
    return 0;
}
