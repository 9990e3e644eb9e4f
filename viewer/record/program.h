// program.h - finding the program to record, and what may keep it from being
// recorded.
#ifndef RPSCOPE_RECORD_PROGRAM_H
#define RPSCOPE_RECORD_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "viewer/base/fail.h"

enum program_obstacle {
    PROGRAM_FINE,
    PROGRAM_STATIC,     // no dynamic linker that could preload
    PROGRAM_PRIVILEGED, // setuid, setgid or capabilities: preloading is refused
    PROGRAM_FOREIGN,    // for another kind of processor
    PROGRAM_OTHER_LIBC, // it would not start with a library of this one
};

struct program {
    char path[PATH_MAX];        // what will be started
    char interpreter[PATH_MAX]; // of a script, which is what runs; else ""
    enum program_obstacle obstacle;
};

// Looks `name` up as a shell does: with a slash it is a path, else it is
// searched for in PATH. Returns false when it cannot be started.
bool program_find(struct program *program, const char *name,
                  struct failure *failure);

// What the obstacle means, as the end of a sentence about the program.
const char *program_obstacle_text(enum program_obstacle obstacle);

#endif
