// recovery.h - going on with a trace whose drainer has died.
//
// What the file has is found by its block headers, and so are the numbers that
// were given out; what the rings have is between their marks and their heads.
// Where both have it, the drainer was cut off after writing and before giving
// back: the file's counts.
#ifndef RP_INSTRUMENT_DRAIN_RECOVERY_H
#define RP_INSTRUMENT_DRAIN_RECOVERY_H

#include "instrument/drain/drainer.h"

// Makes a drainer that goes on where the last one was cut off. file: the trace,
// open and locked, with so many bytes; shm: mapped. What is not whole at the
// end of the file is cut off, and the rings are moved up to what the file has.
// Returns 0 or an errno value, and then the files are still the caller's:
// EALREADY: the trace has its end; EINVAL: they do not belong together;
// ENODATA: the spill of a ring cannot be opened.
int rp_recovery_resume(const struct rp_shm *shm, int shm_file, int file,
                       uint64_t bytes, struct rp_drainer **drainer);

// Finishing the trace of a process that has died with its drainer. Whoever does
// it opens the files, and looks whether they are what they should be; from then
// on nothing is opened, and nothing removed.
struct rp_recovery {
    int rings, trace;              // the trace is locked; may be empty
    int spill;                     // -1: there is none
    uint64_t bytes;                // of the trace
    uint64_t most;                 // that it may come to have
    char path[RP_PATH_BYTES + 64]; // of the trace, for sentences
    struct rp_shm shm;             // see rp_recovery_map
};

struct rp_recovered {
    uint64_t events; // that were still in the rings
    uint32_t cut;    // rings that were spoilt
};

// Maps the rings: what comes after it needs no more of the system than memory,
// clocks, and to read and write these files. Returns 0 or an errno value.
int rp_recovery_map(struct rp_recovery *files);

// Adds to the trace what the rings have, and its end; unmaps the rings. The
// files stay open. Returns 0 or an errno value, as
// rp_recovery_resume; EBADMSG: they are not what a program makes.
int rp_recovery_rescue(struct rp_recovery *files,
                       struct rp_recovered *recovered);

#endif
