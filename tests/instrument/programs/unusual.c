// unusual.c - allocations where recorders are not at ease. Argument: where.
//
// All blocks of interest have sizes that nobody else asks for. Each process
// writes how many of them it has made and freed into the file `said`, since it
// may have no output any more: "PID made freed".
#define _GNU_SOURCE
#include "tests/timer.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 12007, KEYS = 20, THREADS = 50, SIGNALS = 300 };

static _Atomic unsigned made, freed;

static void *make(void) {
    void *block = malloc(SIZE + 16 * (made++ % 8));

    if (block == NULL)
        abort();
    return block;
}

static void drop(void *block) {
    free(block);
    freed++;
}

// 100 blocks, 60 of which stay.
static void work(void) {
    for (int i = 0; i < 100; i++) {
        void *block = make();
        if (i % 5 < 2)
            drop(block);
    }
}

static void say(void) {
    char text[64];
    int file = open("said", O_WRONLY | O_APPEND | O_CREAT, 0600);
    int bytes =
        snprintf(text, sizeof text, "%d %u %u\n", (int)getpid(), made, freed);

    if (write(file, text, (size_t)bytes) != bytes)
        abort();
    close(file);
}

// ---- processes ----

static int cloned(void) {
    int status;

    work();
    // As fork, but no handler of pthread_atfork hears of it.
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
    if (child == 0) {
        made = freed = 0;
        work();
        work();
        say();
        exit(0);
    }
    work();
    say();
    waitpid(child, &status, 0);
    return status;
}

static int daemonised(void) {
    pid_t starter = getpid();

    work();
    if (fork() != 0)
        _exit(0);
    setsid();
    if (fork() != 0)
        _exit(0);
    closefrom(0);
    made = freed = 0;
    work();
    while (kill(starter, 0) == 0) // it is gone, and nobody looks after it
        usleep(1000);
    work();
    say();
    return 0;
}

static int spawned(void) {
    char name[] = "unusual", *arguments[] = {name, NULL};
    extern char **environ;
    pid_t child;
    int status;

    work();
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) !=
        0)
        return 1;
    waitpid(child, &status, 0);
    work();
    say();
    return status;
}

// ---- threads ----

static pthread_key_t keys[KEYS];

// Comes again as often as it is allowed to.
static void at_end(void *block) {
    drop(block);
    pthread_setspecific(keys[made % KEYS], make());
}

static void *leave_all(void *unused) {
    for (int i = 0; i < KEYS; i++)
        pthread_setspecific(keys[i], make());
    return unused;
}

static int at_ends(void) {
    pthread_t thread;

    for (int i = 0; i < KEYS; i++)
        pthread_key_create(&keys[i], at_end);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&thread, NULL, leave_all, NULL);
        pthread_join(thread, NULL);
    }
    say();
    return 0;
}

static void *work_there(void *unused) {
    work();
    return unused;
}

static int on_small_stacks(void) {
    pthread_t threads[THREADS];
    pthread_attr_t small;

    pthread_attr_init(&small);
    if (pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN) != 0)
        return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], &small, work_there, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    say();
    return 0;
}

// ---- in the middle of something ----

static _Atomic unsigned signals;

static void on_signal(int number) {
    (void)number;
    drop(make());
    signals++;
    timer_again();
}

static int in_handlers(void) {
    signal(SIGALRM, on_signal);
    timer_start(200);
    for (; signals < SIGNALS; timer_moved())
        drop(make());
    timer_stop();
    say();
    return 0;
}

static int visit(struct dl_phdr_info *info, size_t bytes, void *context) {
    (void)info, (void)bytes, (void)context;
    drop(make());
    return 0;
}

static ssize_t written(void *cookie, const char *text, size_t bytes) {
    (void)cookie, (void)text;
    drop(make());
    return (ssize_t)bytes;
}

static int compare(const void *left, const void *right) {
    drop(make());
    return *(const int *)left - *(const int *)right;
}

// The loader's lock, stdio's and the unwinder's are held meanwhile.
static int in_callbacks(void) {
    cookie_io_functions_t functions = {.write = written};
    FILE *file = fopencookie(NULL, "w", functions);
    int numbers[100];
    void *frames[10];

    for (int i = 0; i < 100; i++)
        numbers[i] = (i * 37) % 100;
    dl_iterate_phdr(visit, NULL);
    qsort(numbers, 100, sizeof *numbers, compare);
    for (int i = 0; i < 100; i++) {
        fprintf(file, "%d\n", i);
        fflush(file);
        backtrace(frames, 10);
        make();
    }
    fclose(file);
    say();
    return 0;
}

int main(int count, char **arguments) {
    static const struct {
        const char *where;
        int (*run)(void);
    } table[] = {{"clone", cloned},          {"daemon", daemonised},
                 {"spawn", spawned},         {"ends", at_ends},
                 {"small", on_small_stacks}, {"handlers", in_handlers},
                 {"callbacks", in_callbacks}};
    const char *where = count > 1 ? arguments[1] : "";

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(where, table[i].where) == 0)
            return table[i].run();
    }
    work();
    say();
    return 0;
}
