// storm.c - a process tree: every process allocates, forks twice while its
// threads allocate, too, and ends by exit, by _exit, or by a signal. However
// long a busy machine takes for it, there is no more to record.
// Argument: depth.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 3000 };

static volatile int stop;

static void *churn(void *unused) {
    void *volatile kept[32] = {NULL};

    (void)unused;
    for (unsigned i = 0; !stop && i < STEPS; i++) {
        free(kept[i % 32]);
        kept[i % 32] = malloc(i % 3000);
        if (i % 100 == 99)
            usleep(500);
    }
    for (unsigned i = 0; i < 32; i++)
        free(kept[i]);
    return NULL;
}

static void live(int depth) {
    pthread_t thread;
    char *volatile block = malloc((size_t)depth * 100 + 50);

    strcpy(block, "x");
    stop = 0;
    pthread_create(&thread, NULL, churn, NULL);
    for (int i = 0; i < 2 && depth > 0; i++) {
        pid_t child = fork();
        if (child == 0) {
            live(depth - 1);
            if (depth % 3 == 1)
                _exit(0);
            if (depth % 3 == 2 && i == 1)
                raise(SIGKILL);
            exit(0);
        }
        waitpid(child, NULL, 0);
    }
    stop = 1;
    pthread_join(thread, NULL);
    free(block);
}

int main(int count, char **arguments) {
    live(count > 1 ? atoi(arguments[1]) : 4);
    return 0;
}
