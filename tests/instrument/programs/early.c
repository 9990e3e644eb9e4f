// early.c - its first allocation takes for ever, when its trace cannot be
// opened; meanwhile a signal handler allocates. Each time it prints how often
// it has.
#include "tests/timer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES = 777, EVERY_US = 10000 };

static void on_alarm(int signal) {
    static int count;
    char text[16];

    (void)signal;
    for (int i = 0; i < 100; i++) {
        void *volatile block = malloc(BYTES);
        free(block);
    }
    count += 100;
    int length = snprintf(text, sizeof text, "%d\n", count);
    if (write(STDOUT_FILENO, text, (size_t)length) != length)
        _exit(1);
    timer_set(EVERY_US); // there is nothing else that moves
}

int main(void) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

    sigaction(SIGALRM, &action, NULL);
    timer_start(EVERY_US);
    void *volatile first = malloc(1);
    free(first);
    return 0;
}
