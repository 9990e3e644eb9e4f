// child.h - a program in a child process: its start and its end.
//
// Ctrl-C reaches the program by itself, since it is in our process group. So
// from child_fork on we ignore it, and end after the program.
#ifndef RPSCOPE_RECORD_CHILD_H
#define RPSCOPE_RECORD_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct child {
    pid_t process; // -1: there is none
    int error;     // an errno value: why it is none, or not the program
    int report[2]; // a pipe, which an exec closes
    struct sigaction interrupt, quit; // as they were before
};

// Returns as fork does. In the child, interrupts act as before.
pid_t child_fork(struct child *child);

// In the child: becomes the program, or tells the parent why not.
_Noreturn void child_exec(const struct child *child, const char *path,
                          char **words);
// In the child: errno tells why it cannot become the program.
_Noreturn void child_fail(const struct child *child);

// In the parent: waits until the program has started. Returns 0, or the errno
// value that kept it from that.
int child_started(struct child *child);

// Interrupts act on us again as before.
void child_restore(const struct child *child);

// Waits for the end of a child process, whatever comes in between. False when
// there is none.
bool child_wait(pid_t process, int *status);

#endif
