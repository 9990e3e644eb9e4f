// child.c - a program in a child process: its start and its end.
#include "viewer/record/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_fork(struct child *child) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    *child = (struct child){.process = -1};
    sigaction(SIGINT, &ignore, &child->interrupt);
    sigaction(SIGQUIT, &ignore, &child->quit);
    if (pipe2(child->report, O_CLOEXEC) != 0) {
        child->error = errno;
        return -1;
    }
    child->process = fork();
    if (child->process == 0) {
        child_restore(child);
    } else if (child->process < 0) {
        child->error = errno;
        close(child->report[0]);
        close(child->report[1]);
    }
    return child->process;
}

void child_exec(const struct child *child, const char *path, char **words) {
    execvp(path, words);
    child_fail(child);
}

void child_fail(const struct child *child) {
    int error = errno;
    while (write(child->report[1], &error, sizeof error) < 0 && errno == EINTR)
        ;
    _exit(127);
}

int child_started(struct child *child) {
    if (child->process < 0)
        return child->error;
    ssize_t got;
    close(child->report[1]);
    do
        got = read(child->report[0], &child->error, sizeof child->error);
    while (got < 0 && errno == EINTR);
    close(child->report[0]);
    return child->error;
}

void child_restore(const struct child *child) {
    sigaction(SIGINT, &child->interrupt, NULL);
    sigaction(SIGQUIT, &child->quit, NULL);
}

bool child_wait(pid_t process, int *status) {
    pid_t ended;
    do
        ended = waitpid(process, status, 0);
    while (ended < 0 && errno == EINTR);
    return ended > 0;
}
