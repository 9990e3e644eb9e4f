// test_child.c - a program in a child process: its start and its end.
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/record/child.h"

// Starts the program; returns what child_started says.
static int start(struct child *child, const char *path) {
    static char name[] = "sh", option[] = "-c", script[] = "kill -INT $$";
    char *words[] = {name, option, script, NULL};
    if (child_fork(child) == 0)
        child_exec(child, path, words);
    cr_assert(child->process > 0);
    return child_started(child);
}

Test(child, a_program_that_cannot_be_started_says_why) {
    struct child child;
    int status = 0;

    cr_assert(start(&child, "/no/such/program") == ENOENT);
    cr_assert(child_wait(child.process, &status));
    cr_assert(WIFEXITED(status));
}

Test(child, an_interrupt_ends_the_program_and_not_us) {
    struct child child;
    int status = 0;

    cr_assert(start(&child, "/bin/sh") == 0);
    raise(SIGINT);
    cr_assert(child_wait(child.process, &status));
    child_restore(&child);

    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    struct sigaction now;
    sigaction(SIGINT, NULL, &now);
    cr_assert(now.sa_handler == SIG_DFL);
}

Test(child, nobody_is_waited_for_where_nobody_is) {
    int status;

    cr_assert(!child_wait(getpid(), &status));
    cr_assert(errno == ECHILD);
}
