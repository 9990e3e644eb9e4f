// recorder_library.h - the instrumented library, which programs are started
// with.
#ifndef RPSCOPE_RECORD_RECORDER_LIBRARY_H
#define RPSCOPE_RECORD_RECORDER_LIBRARY_H

#include <stdbool.h>

#include "viewer/base/fail.h"

// As given (--library; NULL: not), as RPSCOPE_LIBRARY says, or where it lies.
// Puts its path into `path`, of PATH_MAX bytes. False with a sentence.
bool recorder_library_find(char *path, const char *given,
                           struct failure *failure);

// In the child: the program that it becomes is loaded with the library first.
void recorder_library_preload(const char *path);

#endif
