// early.c - its first allocation takes for ever, when its trace cannot be
// opened; meanwhile a signal handler allocates. Each time it prints how often
// it has.
#include "tests/timer.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES = 777, EVERY_US = 10000 };

// On a busy machine the first allocation may be one of its own, and then it
// never comes to its end: so the next one comes meanwhile, in its middle.
static void on_alarm(int signal) {
    static volatile sig_atomic_t depth;
    static int count;
    bool is_nested = depth++ != 0;
    char text[16];

    (void)signal;
    if (!is_nested)
        timer_set(EVERY_US);
    for (int i = 0; i < 100; i++) {
        void *volatile block = malloc(BYTES);
        free(block);
    }
    count += 100;
    int length = snprintf(text, sizeof text, "%d\n", count);
    if (write(STDOUT_FILENO, text, (size_t)length) != length)
        _exit(1);
    depth--;
    if (is_nested)
        timer_set(EVERY_US);
}

int main(void) {
    struct sigaction action = {.sa_handler = on_alarm,
                               .sa_flags = SA_RESTART | SA_NODEFER};

    sigaction(SIGALRM, &action, NULL);
    timer_start(EVERY_US);
    void *volatile first = malloc(1);
    free(first);
    return 0;
}
