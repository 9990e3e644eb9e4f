// shots.c - asks for snapshots, from where it is told to.
//
// Threads do the same work in every run, one after another, or, with `at once`,
// side by side; after each round somebody asks: main (the default), a thread of
// its own (thread), or the handler of a signal that comes in the middle of an
// allocation or not (signal). `pause` starts and stops the recording in between
// rounds. `wait` asks for nothing, says its process id, and works until its
// input ends.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rpmalloc_record_start(void) __attribute__((weak));
void rpmalloc_record_stop(void) __attribute__((weak));
void rpmalloc_record_snapshot(void) __attribute__((weak));
void rpmalloc_mark(const char *text) __attribute__((weak));

enum { ROUNDS = 4, STEPS = 1500, THREADS = 3, SHELF = 1024 };

static _Atomic(void *) shelf[SHELF];
static uint64_t seeds[THREADS];
static atomic_bool asking;
static atomic_uint handled, steps;

static void ask(void) {
    if (rpmalloc_record_snapshot != NULL)
        rpmalloc_record_snapshot();
}

static void mark(const char *text) {
    if (rpmalloc_mark != NULL)
        rpmalloc_mark(text);
}

static void *work(void *argument) {
    uint64_t *seed = argument;

    for (int i = 0; i < STEPS; i++) {
        uint64_t random = *seed =
            *seed * 6364136223846793005u + 1442695040888963407u;
        size_t size = random >> 58 == 0   ? random >> 40 & 0xfffff
                      : random >> 52 == 1 ? 9 << 20
                                          : random >> 30 & 0x3ff;
        void *block = random >> 60 < 11 ? malloc(size) : NULL;
        free(atomic_exchange(&shelf[random >> 20 & (SHELF - 1)], block));
        atomic_fetch_add(&steps, 1);
    }
    return NULL;
}

static void *asker(void *argument) {
    (void)argument;
    ask();
    return NULL;
}

static void handler(int number) {
    (void)number;
    ask();
    atomic_fetch_add(&handled, 1);
}

static void *shoot(void *argument) {
    pthread_t victim = *(pthread_t *)argument;

    for (unsigned i = 0; i < 8; i++) {
        unsigned from = atomic_load(&steps);
        pthread_kill(victim, SIGUSR1);
        while (atomic_load(&handled) == i || atomic_load(&steps) - from < 50)
            usleep(100);
    }
    atomic_store(&asking, false);
    return NULL;
}

static void work_one_by_one(void) {
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, &seeds[i]);
        pthread_join(thread, NULL);
    }
}

static void work_at_once(void) {
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &seeds[i]);
    ask();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void work_under_fire(void) {
    pthread_t me = pthread_self(), shooter;

    signal(SIGUSR1, handler);
    atomic_store(&asking, true);
    pthread_create(&shooter, NULL, shoot, &me);
    while (atomic_load(&asking))
        work(&seeds[0]);
    pthread_join(shooter, NULL);
}

static void work_and_wait(void) {
    printf("%d\n", (int)getpid());
    fflush(stdout);
    while (fgetc(stdin) != EOF) {
        work(&seeds[0]);
        puts("done");
        fflush(stdout);
    }
}

int main(int count, char **arguments) {
    const char *how = count > 1 ? arguments[1] : "main";
    pthread_t thread;

    for (int i = 0; i < THREADS; i++)
        seeds[i] = (uint64_t)i * 977 + 1;
    if (strcmp(how, "wait") == 0) {
        work_and_wait();
        return 0;
    }
    if (strcmp(how, "signal") == 0) {
        work_under_fire();
        return 0;
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (strcmp(how, "once") == 0)
            work_at_once();
        else
            work_one_by_one();
        mark("shot");
        if (strcmp(how, "thread") == 0) {
            pthread_create(&thread, NULL, asker, NULL);
            pthread_join(thread, NULL);
        } else if (strcmp(how, "pause") == 0 && rpmalloc_record_stop != NULL) {
            i % 2 == 0 ? rpmalloc_record_start() : rpmalloc_record_stop();
        } else {
            ask();
        }
    }
    return 0;
}
