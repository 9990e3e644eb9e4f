// server.c - a server whose listener sleeps on what others have freed.
//
// The listener builds messages, a worker reads and frees them. What a thread
// frees of another one goes back to the owner, who takes it the next time that
// it allocates, or collects: while the listener sleeps, nobody does. With
// -DCURED it collects before it sleeps. Prints how much is resident then, in
// KiB. viewer/FRAGMENTATION.md tells of it, and test_fragmentation.py runs it.
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rpmalloc.h"

enum { BURST = 100000, BYTES = 300 };

struct message {
    struct message *next;
    char text[BYTES - sizeof(struct message *)];
};

static struct message *queue;
static sem_t filled, emptied, ended;

__attribute__((noinline)) static struct message *read_message(int number) {
    struct message *message = rpmalloc(sizeof *message);
    snprintf(message->text, sizeof message->text, "message %d", number);
    return message;
}

static void *listener(void *unused) {
    rpmalloc_thread_initialize();
    for (int i = 0; i < BURST; i++) {
        struct message *message = read_message(i);
        message->next = queue;
        queue = message;
    }
    sem_post(&filled);
    sem_wait(&emptied);
#ifdef CURED
    rpmalloc_thread_collect();
#endif
    rpmalloc_mark("idle");
    sem_post(&ended);
    pause();
    return unused;
}

static void *worker(void *unused) {
    rpmalloc_thread_initialize();
    sem_wait(&filled);
    while (queue) {
        struct message *next = queue->next;
        rpfree(queue);
        queue = next;
    }
    sem_post(&emptied);
    rpmalloc_thread_reset();
    return unused;
}

static long resident_kib(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        return 0;
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(void) {
    pthread_t threads[2];
    rpmalloc_initialize();
    sem_init(&filled, 0, 0);
    sem_init(&emptied, 0, 0);
    sem_init(&ended, 0, 0);
    pthread_create(&threads[0], NULL, listener, NULL);
    pthread_create(&threads[1], NULL, worker, NULL);
    sem_wait(&ended);
    pthread_join(threads[1], NULL);
    printf("%ld\n", resident_kib());
    _exit(fflush(stdout)); // as if it went on: nothing is torn down
}
