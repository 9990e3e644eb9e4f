// drainer.h - takes the events out of the rings and writes the trace.
//
// It runs on a thread of its own, sleeps most of the time, and is woken when a
// ring is half full. It allocates nothing, takes no lock and waits for no
// thread of the program, so that any of them may wait for it.
//
// Invariant: ring space is given back only when the block that holds its
//            events has been handed to the system.
#ifndef RP_DRAINER_H
#define RP_DRAINER_H

#include "instrument/encode.h"
#include "instrument/file.h"
#include "instrument/recorder.h"
#include "instrument/tables.h"
#include "instrument/tally.h"

struct rp_drainer {
    struct rp_recorder *recorder;
    struct rp_file file;
    struct rp_encoder encoder;
    struct rp_tables tables;
    struct rp_tally tally;
    unsigned shift; // ticks to steps
    uint64_t sampled_ns, visited_ns, named_ns;
    uint64_t lost;         // told in the trace
    uint64_t lost_nowhere; // of these, without a thread
    uint64_t own_sequence; // of ring 0, the drainer's own
    struct trace_file_header header;
    char path[RP_PATH_BYTES + 64];
};

// Makes a drainer for the open, empty file. header: what the file is to begin
// with; rp_file_header completes it. NULL: no memory.
struct rp_drainer *rp_drainer_make(struct rp_recorder *recorder, int file,
                                   const char *path,
                                   const struct trace_file_header *header);

// The body of its thread: runs until recorder->stop is set and every event
// published by then is written, or until nothing can be written any more.
void rp_drainer_run(void *drainer);

#endif
