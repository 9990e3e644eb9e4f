// child.h - a program that is started to help, and waited for.
#ifndef RP_INSTRUMENT_OS_CHILD_H
#define RP_INSTRUMENT_OS_CHILD_H

#include <stddef.h>

// Starts the program at `path` with these words (NULL ends), `text` as its
// input, the environment of this process without what is preloaded, and waits
// for its end. Its input is a socket: what it sends there goes into `answer`,
// as far as there is room (NULL: none is wanted). Nobody else is told of it: no
// signal comes, and no wait of the program's own finds it. Returns its exit
// code; -1: it did not start, or did not end well. Any thread, in signal
// handlers, too; allocates nothing. Leaves errno alone.
int rp_child_run(const char *path, const char *const *words, const char *text,
                 size_t bytes, char *answer, size_t room);

#endif
