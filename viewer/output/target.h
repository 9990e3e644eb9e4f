// target.h - the file that a command writes, which is there whole or not at
// all.
//
// What is written goes to a file beside it, which takes its place at the end;
// when the program is interrupted, that file is removed. What is no ordinary
// file (a device, a pipe) is written to as it is.
#ifndef RPSCOPE_OUTPUT_TARGET_H
#define RPSCOPE_OUTPUT_TARGET_H

#include <stdbool.h>
#include <stdio.h>

#include "viewer/base/fail.h"

struct target {
    FILE *out;
    const char *path; // as it was given
    char *part;       // the file beside it; NULL: there is none
    char *whole;      // whose place it takes
};

// Opens it; `path` must live as long. False with a sentence. One at a time.
bool target_open(struct target *target, const char *path,
                 struct failure *failure);
// Ends it. False with a sentence when not all could be written: then there is
// what was there before.
bool target_close(struct target *target, struct failure *failure);
// Ends it without it.
void target_drop(struct target *target);

#endif
