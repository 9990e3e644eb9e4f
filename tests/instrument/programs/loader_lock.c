// loader_lock.c - one thread holds the lock of the loader, and waits for one
// that another thread holds while it allocates: nobody may wait for the loader.
//
// Argument: allocations, or fork: then a child, in which nobody will ever give
// the loader's lock back, allocates, too. Prints "done".
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_inside;
static volatile unsigned sink;

__attribute__((noinline)) static void chain(unsigned depth, unsigned way) {
    void *volatile block = malloc(100);

    free(block);
    if (depth == 0)
        return;
    if (way & 1)
        chain(depth - 1, way >> 1);
    else
        chain(depth - 1, way >> 1 ^ 5);
    sink++;
}

// New stacks in each call.
static void allocate(unsigned ways) {
    for (unsigned i = 0; i < ways; i++)
        chain(12, i * 2654435761u);
}

static int visit(struct dl_phdr_info *info, size_t size, void *context) {
    (void)info, (void)size, (void)context;
    atomic_store(&is_inside, 1);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return 1;
}

static void *hold_the_loader(void *argument) {
    dl_iterate_phdr(visit, NULL);
    return argument;
}

int main(int argc, char **argv) {
    pthread_t thread;
    int status = 0;

    if (argc != 2)
        return 2;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, hold_the_loader, NULL);
    while (!atomic_load(&is_inside))
        usleep(1000);
    if (strcmp(argv[1], "fork") == 0) {
        pid_t child = fork();
        if (child == 0) {
            allocate(200);
            _exit(0);
        }
        waitpid(child, &status, 0);
    }
    allocate(2000);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    if (status == 0)
        puts("done");
    return status;
}
