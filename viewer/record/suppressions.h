// suppressions.h - findings that are known and not to be told, in the format of
// LeakSanitizer.
//
// A line is TYPE:PATTERN, empty, or a comment behind '#'. TYPE is leak, or the
// name of another check. PATTERN is looked for in the name of the function, of
// the file of code and of the file of source of each frame; '*' is any text,
// '^' the start and '$' the end of the name.
#ifndef RPSCOPE_RECORD_SUPPRESSIONS_H
#define RPSCOPE_RECORD_SUPPRESSIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "viewer/base/fail.h"

struct suppression {
    char *type, *pattern;
};

struct suppressions {
    struct suppression *all;
    size_t count, capacity;
};

// False with a sentence, which names the line; then there are none.
bool suppressions_read(struct suppressions *s, const char *path,
                       struct failure *failure);
void suppressions_free(struct suppressions *s);

// Whether one of them is of that type and fits the name, which may be NULL.
bool suppressions_have(const struct suppressions *s, const char *type,
                       const char *name);

#endif
