// processes.h - all processes of one recording: which traces it has left, and
// what each says of itself. Where they lie: trace/family.h.
#ifndef RPSCOPE_PROCESSES_PROCESSES_H
#define RPSCOPE_PROCESSES_PROCESSES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/fail.h"
#include "viewer/trace/ending.h"

struct process {
    char *path;    // of its trace
    char *program; // without folders; "?" when the trace does not say
    uint32_t pid;
    uint64_t trace_id, parent_id; // parent_id 0: it was started from outside
    uint32_t parent_pid;          // 0: its trace is not here
    uint64_t start_unix_ns;
    uint64_t events, lost_events;
    uint64_t bytes; // of the file
    // The most that its allocator had of the system; known when `finished`,
    // that is, when the trace has an end.
    uint64_t peak_held_bytes;
    bool finished;
    bool forked; // it began with the heap of its parent
    // The same without what its parent has had, if it was forked.
    uint64_t own_bytes;
    bool stopped;                   // the recording ended before the process
    char ended[TRACE_ENDING_BYTES]; // how, as what follows its name
};

struct processes {
    struct process *list; // the most own_bytes first
    size_t count, capacity;
    size_t unreadable; // files with the name of a trace that are none
    uint64_t events, lost_events, bytes;
};

// Reads the heads and ends of all traces of the recording whose first one is,
// or would be, at `root`; of the others those that were written since
// `since_unix_ns`, and none of an earlier recording, where the first one is
// there to tell. What cannot be read is counted.
void processes_read(struct processes *processes, const char *root,
                    uint64_t since_unix_ns);
void processes_free(struct processes *processes);

// Reads a trace of them again, to which something was added: how it ended, and
// its bytes.
void processes_read_again(struct processes *processes, const char *path);

// The process whose trace is at `path`, or NULL.
const struct process *processes_find(const struct processes *processes,
                                     const char *path);

// When process `pid` has become other programs (exec), there are several
// traces of it: the one of the last program gets the path `root`, and the one
// that had it goes into the folder, named after its program.
void processes_settle(const char *root, uint32_t pid, uint64_t since_unix_ns);

#endif
