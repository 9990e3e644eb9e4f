// counted.c - threads that allocate and free until something ends them, and
// count what they have done where it can be read afterwards: in a file that is
// given as the first argument, two numbers a thread, allocations and frees.
// Thread t asks for 1000 + t bytes. How it is to end is the second argument,
// after how many allocations of the first thread the third; with a fourth, it
// waits there for a file beside the first one. PAUSE in the environment:
// microseconds of sleep after each hundred, so that others can follow.
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { THREADS = 4, PAUSE_EVERY = 100 };

static volatile uint64_t (*counts)[2];
static const char *how = "";
static char awaited[4096]; // the name of a file, or nothing
static uint64_t when = UINT64_MAX;
static unsigned pause_us = 50;

static int overflow(int depth) {
    volatile char here[4096] = {0};

    return depth < 0 ? 0 : overflow(depth + 1) + here[depth % 4096];
}

// Until the kernel has no more memory to give.
static void hoard(void) {
    for (;;)
        memset(malloc(1 << 20), 1, 1 << 20);
}

static void end(void) {
    while (awaited[0] != 0 && access(awaited, F_OK) != 0)
        usleep(1000);
    if (strcmp(how, "_exit") == 0)
        _exit(3);
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(4);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "overflow") == 0)
        overflow(0);
    if (strcmp(how, "hoard") == 0)
        hoard();
    if (strcmp(how, "exec") == 0)
        execl("/bin/sh", "sh", "-c", "exit 5", NULL);
    if (strcmp(how, "exit") == 0)
        exit(6);
}

static void *work(void *argument) {
    size_t thread = (size_t)argument;

    for (uint64_t i = 0;; i++) {
        void *volatile block = malloc(1000 + thread);
        counts[thread][0]++;
        if (thread == 0 && i == when)
            end();
        free(block);
        counts[thread][1]++;
        if (i % PAUSE_EVERY == 0)
            usleep(pause_us);
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];
    int file = open(arguments[1], O_RDWR | O_CREAT, 0600);

    if (file < 0 || ftruncate(file, sizeof *counts * THREADS) != 0)
        return 1;
    counts = mmap(NULL, sizeof *counts * THREADS, PROT_READ | PROT_WRITE,
                  MAP_SHARED, file, 0);
    close(file);
    if (count > 3) {
        how = arguments[2];
        when = strtoull(arguments[3], NULL, 10);
    }
    if (count > 4)
        snprintf(awaited, sizeof awaited, "%s.end", arguments[1]);
    if (getenv("PAUSE") != NULL)
        pause_us = (unsigned)atoi(getenv("PAUSE"));
    for (size_t i = 1; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    work(NULL);
    return 0;
}
