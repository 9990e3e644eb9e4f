// observe.h - running a program and knowing what it asked of the allocator.
#ifndef RPSCOPE_VERIFY_OBSERVE_H
#define RPSCOPE_VERIFY_OBSERVE_H

#include <stdbool.h>

#include "viewer/record/program.h"
#include "viewer/verify/log.h"
#include "viewer/verify/run.h"

// A run, and the log of its calls.
struct observed {
    struct verify_run run;
    struct verify_log log;
    bool is_there;
};

// What is verified, and its runs so far.
struct verification {
    struct program program;
    char **words; // the program as the user called it, and its arguments
    struct verify_stage stage;
    char release[VERIFY_PATH];      // the library
    char instrumented[VERIFY_PATH]; // the library
    struct observed first;          // release
    struct observed recorded;       // instrumented
    struct observed again[2]; // release, as at first, and at other addresses
    // Without any library: as at first, and, when its output is another, at
    // other addresses.
    struct verify_run plain[2];
};

// Runs the program with one of the two libraries, and reads the log. False with
// a sentence when nothing can be told of that run.
bool observe_run(struct verification *v, struct observed *observed,
                 const char *library, bool is_moved, struct failure *failure);

// Removes the log.
void observe_forget(struct observed *observed);

#endif
