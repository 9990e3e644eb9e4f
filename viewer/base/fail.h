// fail.h - an error is one sentence: what, where, found, expected, what next.
#ifndef RPSCOPE_BASE_FAIL_H
#define RPSCOPE_BASE_FAIL_H

#include <stdbool.h>

struct failure {
    char text[1024]; // a sentence, ready to be shown; "" while all is well
    bool asked;      // what was asked for is wrong, and no file
};

// Writes the sentence, cut at the size of `failure`, and returns false, so that
// a function can end with `return fail(failure, ...)`. Bytes that a terminal
// would act on are written as escapes (escape.h).
bool fail(struct failure *failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
