// result.h - what rpscope record says of what it has recorded.
#ifndef RPSCOPE_RECORD_RESULT_H
#define RPSCOPE_RECORD_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/record/program.h"
#include "viewer/record/trace_path.h"

struct result {
    const char *command; // the program as the user called it
    const struct program *program;
    const struct trace_path *trace;
    uint32_t process;       // of the program
    uint64_t start_unix_ns; // of the recording
    uint64_t end_unix_ns;   // when the program had ended
    int status;             // how, of waitpid
    uint64_t resident;      // the most of it and its children; 0: not known
    const char *only;       // the programs that were to be recorded; NULL: all
    int forwarded;          // a signal that was sent to rpscope; 0: none
    bool no_names;          // put none into the traces
    bool quiet;             // say only what is not as it should be
};

// Says on stderr what was recorded, where it is and how to look at it.
void result_say(const struct result *result);

#endif
