// drainer.h - takes the events out of the rings and writes the trace.
//
// It works on the shared memory alone, so that it can run on a thread of the
// program, in another process, or after the program has died. It allocates
// nothing, takes no lock and waits for no thread of the program, so that any
// of them may wait for it.
//
// Invariant: ring space is given back only when the block that holds its
//            events has been handed to the system.
#ifndef RP_INSTRUMENT_DRAIN_DRAINER_H
#define RP_INSTRUMENT_DRAIN_DRAINER_H

#include "instrument/write/encode.h"
#include "instrument/write/file.h"
#include "instrument/write/regions.h"
#include "instrument/drain/heap_state.h"
#include "instrument/shm/shared.h"
#include "instrument/write/tables.h"
#include "instrument/write/totals.h"

enum {
    RP_DRAINER_SLEEP_NS = 5000000,
    RP_DRAINER_LONGEST_SLEEP_NS = 100000000,
};

struct rp_drainer {
    struct rp_shm shm;
    struct rp_shared *shared; // at its start
    int shm_file;             // to make it larger; -1: it cannot be
    struct rp_file file;
    struct rp_encoder encoder;
    struct rp_tables tables;
    struct rp_tally tally;
    struct rp_mappings mappings; // for samples of what is in memory
    uint64_t resident_ns;        // the last one
    // The state of all heaps: of a recording that began paused. NULL: of
    // others, and after the start when only the last moments were kept.
    struct rp_shadow *shadow;
    bool has_state; // some state stands in the trace already
    // When only the last moments are kept, in ticks: the last look, the one
    // before the newest event, and how many slots there had been.
    uint64_t looked, newest, heads;
    uint64_t stepped_ns; // when shadow and trace were last brought up together
    uint64_t base_ticks; // step 0
    unsigned shift;      // ticks to steps
    uint64_t sampled_ns, named_ns;
    uint64_t earlier_events; // of a drainer before this one
    bool goes_on;            // there was one
    // The end, before that of the program: asked for, or at the limit.
    bool stops, limited;
    uint64_t cut; // in ticks: no event after it is written
};

// How a recording ended, beyond what the trailer can say.
struct rp_drainer_end {
    uint32_t exit_kind; // enum trace_exit_kind
    int status;         // exit code or signal number; -1: not known
};

// Makes a drainer for the mapped memory and its trace, which is empty, or has
// so many bytes of whole blocks with so many events. The files are the
// drainer's from now on. NULL: no memory; the files are still the caller's.
struct rp_drainer *rp_drainer_make(const struct rp_shm *shm, int shm_file,
                                   int file, uint64_t bytes, uint64_t events);

// Writes what the trace begins with, unless it has it. false: see complain.
void rp_drainer_begin(struct rp_drainer *drainer);

// Looks at what is asked, then at every ring once. all: also at what is little
// and new. Returns whether there was anything; afterwards drainer->file.error
// says whether the file can still be written, and drainer->stops whether the
// recording is to end now.
bool rp_drainer_look(struct rp_drainer *drainer, bool all);

// Writes the trailer, when the file can be written; else says so on stderr.
// Tells the program that it is over, closes the files and removes that of the
// rings. The memory stays mapped.
void rp_drainer_end(struct rp_drainer *drainer,
                    const struct rp_drainer_end *end);

// Before rp_drainer_begin: closes the files, and removes the trace, which is
// empty. Another drainer will make one.
void rp_drainer_abandon(struct rp_drainer *drainer);

// Gives back the memory of a drainer that has ended, and unmaps the memory.
void rp_drainer_free(struct rp_drainer *drainer);

// The body of a thread of the program: begins, looks until the program asks
// for the end or nothing can be written any more, and ends.
void rp_drainer_run(void *drainer);

#endif
