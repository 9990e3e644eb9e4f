// any_library.c - what a program may want of malloc and of signals, in terms
// that every C library has. Says what came out, and ends with status 7.
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, BLOCKS = 2000, SIGNALS = 200 };

static volatile sig_atomic_t caught;

// Allocates in whatever it interrupts: not to be run with a malloc that holds a
// lock meanwhile.
static void handle(int number, siginfo_t *info, void *context) {
    char *block = malloc(100 + (size_t)caught % 400);

    (void)context;
    if (block != NULL && info->si_signo == number)
        caught = caught + 1;
    free(block);
}

static size_t churn(unsigned random) {
    char *blocks[64] = {NULL};
    size_t sum = 0;

    for (int i = 0; i < BLOCKS; i++) {
        random = random * 1103515245 + 12345;
        char **place = &blocks[random >> 26];
        size_t size = 1 + (random >> 8) % 3000;
        *place = realloc(*place, size);
        memset(*place, (int)size & 0xff, size);
        sum += (unsigned char)(*place)[size - 1];
    }
    for (int i = 0; i < 64; i++)
        free(blocks[i]);
    return sum;
}

static void *work(void *argument) {
    return (void *)churn((unsigned)(uintptr_t)argument);
}

static size_t threads_sum(void) {
    pthread_t ids[THREADS];
    size_t sum = 0;

    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&ids[i], NULL, work, (void *)(i + 1)) != 0)
            return 0;
    for (int i = 0; i < THREADS; i++) {
        void *one;
        pthread_join(ids[i], &one);
        sum += (size_t)one;
    }
    return sum;
}

static int signals_come(void) {
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction former;
    void (*volatile last)(int);

    if (sigaction(SIGUSR1, &action, NULL) != 0 ||
        sigaction(SIGUSR1, NULL, &former) != 0 ||
        former.sa_sigaction != handle || sigaction(9999, &action, NULL) == 0)
        return -1;
    for (int i = 0; i < SIGNALS; i++) {
        kill(getpid(), SIGUSR1);
        churn((unsigned)i);
    }
    last = signal(SIGUSR1, SIG_IGN);
    return (uintptr_t)last == (uintptr_t)handle ? (int)caught : -2;
}

static int forked(void) {
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(churn(77) != 0 ? 5 : 6);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void) {
    void *aligned = NULL;
    char *huge = calloc(1, 50 << 20);
    int is_zero = huge != NULL && huge[0] == 0 && huge[(50 << 20) - 1] == 0;

    free(huge);
    printf("zero %d\n", is_zero);
    printf("aligned %d %d\n", posix_memalign(&aligned, 4096, 100),
           (int)((uintptr_t)aligned % 4096));
    free(aligned);
    printf("alone %zu\n", churn(1));
    printf("threads %zu\n", threads_sum());
    printf("signals %d\n", signals_come());
    printf("forked %d\n", forked());
    fflush(stdout);
    return 7;
}
