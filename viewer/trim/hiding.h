// hiding.h - what a trace that is shown to others need not say.
#ifndef RPSCOPE_TRIM_HIDING_H
#define RPSCOPE_TRIM_HIDING_H

#include "viewer/base/fail.h"
#include "viewer/trace/tables.h"

struct hiding {
    // Functions, names of programs, modules and threads, marks: they become
    // numbers, and no build id is left to look them up by.
    bool names;
    bool paths;     // folders: of files what follows the last slash is left
    bool arguments; // of the program, but for what it was called as
};
#define HIDING_WORDS "names, paths, arguments"

// Reads "names,paths". False with a sentence.
bool hiding_read(const char *text, struct hiding *hiding,
                 struct failure *failure);

// Takes it out of the tables of a trace, in place; what is left belongs to
// them.
void hiding_apply(const struct hiding *hiding, struct trace_tables *tables);

#endif
