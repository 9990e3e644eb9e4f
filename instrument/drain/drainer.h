// drainer.h - takes the events out of the rings and writes the trace.
//
// It works on the shared memory alone, so that it can run on a thread of the
// program, in another process, or after the program has died. It allocates
// nothing, takes no lock and waits for no thread of the program, so that any
// of them may wait for it.
#ifndef RP_INSTRUMENT_DRAIN_DRAINER_H
#define RP_INSTRUMENT_DRAIN_DRAINER_H

#include "instrument/drain/deferred_start.h"
#include "instrument/shm/own.h"
#include "instrument/write/finish.h"
#include "instrument/write/trace_writer.h"

enum {
    RP_DRAINER_SLEEP_NS = 5000000,
    RP_DRAINER_LONGEST_SLEEP_NS = 100000000,
};

struct rp_drainer {
    struct rp_shm shm;
    struct rp_shared *shared; // at its start
    int shm_file;             // to make it larger; -1: it cannot be
    bool keeps_open;          // the files, which somebody else closes
    struct rp_trace_writer writer;
    struct rp_deferred_start start;
    uint64_t named_ns, resident_ns; // the last looks at these
    uint32_t told_cut;              // how many rings are known to be spoilt
    // The end, before that of the program: asked for, or at the limit.
    bool stops;
    uint64_t cut; // in ticks: no event after it is written
    // Near the limit of the trace all rings are drained up to one moment, so
    // that they end at one: when it last was.
    bool near_limit;
    uint64_t limit_ns;
};

// Makes a drainer for the mapped memory and its trace, which is empty, or has
// so many bytes of whole blocks with so many events. The files are the
// drainer's from now on, and the memory's own, if it has one. NULL: no memory,
// or what is shared makes no sense; the files are still the caller's.
struct rp_drainer *rp_drainer_make(const struct rp_shm *shm, int shm_file,
                                   int file, uint64_t bytes, uint64_t events);

// Writes what the trace begins with, unless it has it.
void rp_drainer_begin(struct rp_drainer *drainer);

// Looks at what is asked, then at every ring once. all: also at what is little
// and new. Returns whether there was anything; afterwards the writer says
// whether its file can still be written, and drainer->stops whether the
// recording is to end now.
bool rp_drainer_look(struct rp_drainer *drainer, bool all);

// Writes the trailer, when the file can be written; else says so on stderr.
// Tells the program that it is over, closes the files and removes that of the
// rings. The memory stays mapped.
void rp_drainer_end(struct rp_drainer *drainer, const struct rp_trace_end *end);

// Before rp_drainer_begin: closes the files, and removes the trace, which is
// empty. Another drainer will make one.
void rp_drainer_abandon(struct rp_drainer *drainer);

// Gives back the memory of a drainer that has ended, and unmaps the rings.
void rp_drainer_free(struct rp_drainer *drainer);

// The body of a thread of the program: begins, looks until the program asks
// for the end or nothing can be written any more, and ends.
void rp_drainer_run(void *drainer);

#endif
