// rules.h - all rules of a check: those of the command line and of a file.
#ifndef RPSCOPE_CHECK_RULES_H
#define RPSCOPE_CHECK_RULES_H

#include "viewer/check/rule.h"

struct rules {
    struct rule *list;
    size_t count, capacity;
};

// Adds a rule; false with a sentence.
bool rules_add(struct rules *rules, const char *text, struct failure *failure);

// Adds those of a file: one a line; what is empty or begins with # is none. A
// bad line is told by its number; a file that has no rule is told, too. The
// path must live as long as the rules.
bool rules_read(struct rules *rules, const char *path, struct failure *failure);

void rules_free(struct rules *rules);

#endif
