// ending.h - how a recording and its process ended, as the trace tells it.
#ifndef RPSCOPE_TRACE_ENDING_H
#define RPSCOPE_TRACE_ENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/trace/tables.h"

struct trace_ending {
    // The recording, when it ended before the process; NULL: it did not.
    const char *stopped; // why; of the tables
    bool asked;          // that is what somebody wanted
    uint64_t stopped_ns; // since its start
    uint64_t run_ns;     // how long the process ran; 0: not known
    // The process. Both -1: not known.
    int code, signal;
    const char *how; // "by exit", "by becoming another program", ...
};

enum { TRACE_ENDING_BYTES = 256 }; // of a sentence

// Reads it from tables that are loaded.
void trace_ending_read(struct trace_ending *ending,
                       const struct trace_tables *tables);

// "recording stopped after 1.30 s of 14.2 s (9 %): No space left on device".
void trace_ending_stopped(const struct trace_ending *ending,
                          char text[TRACE_ENDING_BYTES]);

// A recording that began late, or kept only the last moments.
struct trace_window {
    uint64_t start_ns, end_ns;    // since the start of the recording
    uint64_t last_ns, last_bytes; // asked for; 0, 0: it began late
};

// "the last 501 ms of 2.31 s, from 1.81 s on (500 ms asked for)".
void trace_ending_window(const struct trace_window *window,
                         char text[TRACE_ENDING_BYTES]);

// How the process ended, as what follows its name: "exited with code 3", "was
// killed by signal 9 (SIGKILL)", "became another program", ...
void trace_ending_process(const struct trace_ending *ending,
                          char text[TRACE_ENDING_BYTES]);

#endif
