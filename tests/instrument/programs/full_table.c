// full_table.c - a program that has no descriptor left, from before its first
// allocation on, and that looks whether any of those it has changes. Arguments:
// threads, thousands of blocks each. Prints what it has done.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 64, KEPT = 64, THREADS = 8 };

static struct stat seen[MOST];
static long blocks;

static void fill(void) {
    struct rlimit limit = {MOST, MOST};

    setrlimit(RLIMIT_NOFILE, &limit);
    while (open("/dev/null", O_RDONLY) >= 0)
        continue;
    for (int i = 0; i < MOST; i++)
        fstat(i, &seen[i]);
}

static int changed(void) {
    struct stat now;
    int count = 0;

    for (int i = 0; i < MOST; i++)
        count += fstat(i, &now) != 0 || now.st_dev != seen[i].st_dev ||
                 now.st_ino != seen[i].st_ino;
    return count;
}

static void *work(void *argument) {
    void *kept[KEPT] = {NULL};

    for (long i = 0; i < blocks; i++) {
        free(kept[i % KEPT]);
        kept[i % KEPT] = malloc(1000);
    }
    for (int i = 0; i < KEPT; i++)
        free(kept[i]);
    return argument;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];
    int many = count > 1 ? atoi(arguments[1]) : 1;

    fill();
    blocks = count > 2 ? 1000 * atol(arguments[2]) : 1000;
    for (int i = 0; i < many && i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 1;
    for (int i = 0; i < many && i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("changed %d\n", changed());
    return 0;
}
