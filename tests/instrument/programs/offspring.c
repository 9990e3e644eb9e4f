// offspring.c - a heap with a past, then children of every kind; each process
// prints its id and what it is. Argument: which kind.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void *blocks[3000];

static void fill(size_t step) {
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i += step) {
        free(blocks[i]);
        blocks[i] = malloc(i % 700 + (i % 500 == 0 ? 100000 : 0) +
                           (i % 1500 == 0 ? 9000000 : 0));
    }
}

static void *fill_elsewhere(void *step) {
    fill(*(size_t *)step);
    return NULL;
}

static void fill_by_thread(size_t step) {
    pthread_t thread;

    pthread_create(&thread, NULL, fill_elsewhere, &step);
    pthread_join(thread, NULL);
}

static void say(const char *what) {
    printf("%d %s\n", (int)getpid(), what);
    fflush(stdout);
}

int main(int count, char **arguments) {
    const char *kind = count > 1 ? arguments[1] : "";
    int status;

    if (strcmp(kind, "replaced") == 0) {
        say("replaced");
        return 0;
    }
    say("parent");
    fill(1);
    fill_by_thread(7);
    if (strcmp(kind, "exec") == 0) {
        getchar(); // until what was recorded is in the file
        execl("/proc/self/exe", "offspring", "replaced", NULL);
    }
    pid_t child = strcmp(kind, "vfork") == 0 ? vfork() : fork();
    if (child == 0 && strcmp(kind, "fork") != 0) {
        execl("/proc/self/exe", "offspring", "replaced", NULL);
        _exit(1);
    }
    if (child == 0) {
        say("child");
        fill(3);
        fill_by_thread(5);
        fill(11);
        return 0;
    }
    fill(2);
    waitpid(child, &status, 0);
    return status;
}
