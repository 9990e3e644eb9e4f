// crowd.c - many threads at once; thread i allocates blocks of 5000 + i bytes,
// hands the first to main, and frees the others, the last one from a
// destructor of thread-local data. Arguments: threads, blocks each.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 2000 };

static pthread_barrier_t all_run;
static pthread_key_t key;
static void *handed[MOST];
static int blocks;

static void *work(void *argument) {
    intptr_t index = (intptr_t)argument;
    size_t size = 5000 + (size_t)index;

    handed[index] = malloc(size);
    pthread_barrier_wait(&all_run);
    for (int i = 2; i < blocks; i++) {
        void *volatile block = malloc(size);
        free(block);
    }
    pthread_setspecific(key, malloc(size));
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 4;
    static pthread_t ids[MOST];
    pthread_attr_t attributes;

    blocks = count > 2 ? atoi(arguments[2]) : 10;
    pthread_key_create(&key, free);
    pthread_barrier_init(&all_run, NULL, (unsigned)threads);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 << 10);
    for (intptr_t i = 0; i < threads; i++) {
        if (pthread_create(&ids[i], &attributes, work, (void *)i) != 0)
            return 1;
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        free(handed[i]);
    }
    puts("done");
    return 0;
}
