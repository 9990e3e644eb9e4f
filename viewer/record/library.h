// library.h - finding the libraries that are preloaded into programs.
//
// A library is named by the user, or it lies beside this executable, where the
// build and an installation have it.
#ifndef RPSCOPE_RECORD_LIBRARY_H
#define RPSCOPE_RECORD_LIBRARY_H

#include <stdbool.h>

#include "viewer/base/fail.h"

struct library {
    const char *what; // in sentences: "the recorder"
    // Where it lies, from the folder of this executable on.
    const char *built;
    const char *installed;
    const char *otherwise; // how the sentence goes on when it is not there
};

// Puts its path into `path`, of PATH_MAX bytes. False with a sentence.
bool library_find(const struct library *library, char *path,
                  struct failure *failure);

// The same for a library that the user names. False: errno tells.
bool library_take(const char *named, char *path);

// Whether the dynamic linker, which takes blanks and colons for ends of names,
// can be told to preload what is at `path`.
bool library_can_preload(const char *path);

#endif
