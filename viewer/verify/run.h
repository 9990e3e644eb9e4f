// run.h - running a program again and again in the same way.
//
// Each run has the same arguments, the very same environment, the same input,
// and the same kind of output; only what the preloaded path leads to changes.
// In a plain run nothing of ours is preloaded.
#ifndef RPSCOPE_VERIFY_RUN_H
#define RPSCOPE_VERIFY_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "viewer/base/fail.h"

enum { VERIFY_PATH = PATH_MAX };

struct verify_stage {
    char folder[VERIFY_PATH]; // for logs, output, and what is preloaded
    off_t input_at;           // where standard input was; -1: it has no place
    bool one_output;          // standard error goes where output goes
    int runs;                 // done
    const char *preloaded;    // by the user; NULL: nothing
};

struct verify_run {
    const char *library; // that the calls go to; NULL: nothing is preloaded
    const char *other;   // is loaded and not used, so that what is loaded later
                         // is at the same addresses with either
    bool is_moved;       // addresses by chance, as without us; else fixed
    int status;          // of waitpid
    bool is_recorded;    // there is a trace
    char log[VERIFY_PATH];
    char output[VERIFY_PATH];
    char errors[VERIFY_PATH];
};

// Makes the folder and sets the environment of this process for the runs to
// come. logger: the library that logs the calls; stacks: as RPSCOPE_STACKS, or
// NULL.
bool verify_stage_begin(struct verify_stage *stage, const char *logger,
                        const char *stacks, struct failure *failure);
void verify_stage_end(struct verify_stage *stage);

// Runs the program at `path`, with `library` and `is_moved` of `run`, to its
// end; fills in the rest. False when it cannot be started.
bool verify_run(struct verify_stage *stage, struct verify_run *run,
                const char *path, char **words, struct failure *failure);

// Whether this is what a program calls the library that was meant for it; if
// not, the loader has taken another.
bool verify_run_had(const struct verify_stage *stage, const char *library);

// Writes what a run wrote to our own output, and what it said to our errors.
void verify_run_show(const struct verify_run *run);

// Whether two runs wrote the same, as output and as errors.
bool verify_run_same_output(const struct verify_run *one,
                            const struct verify_run *other);

#endif
