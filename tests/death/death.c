// death.c - see death.h.
#include "tests/death/death.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(void (*misuse)(void), int pipe_end) {
    dup2(pipe_end, STDERR_FILENO);
    setenv("RPSCOPE_RECORD", "off", 1);
    misuse();
    _exit(0);
}

struct death die_of(void (*misuse)(void)) {
    struct death death;
    size_t length = 0;
    ssize_t got;
    int ends[2], status;

    memset(&death, 0, sizeof death);
    if (pipe(ends) != 0)
        abort();
    pid_t child = fork();
    if (child == 0)
        die(misuse, ends[1]);
    close(ends[1]);
    while ((got = read(ends[0], death.message + length,
                       sizeof death.message - 1 - length)) > 0)
        length += (size_t)got;
    close(ends[0]);
    waitpid(child, &status, 0);
    death.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return death;
}
