// recovery.h - going on with a trace whose drainer has died.
//
// What the file has is found by its block headers; what the rings have is
// between their marks and their heads. Where both have it, the drainer was cut
// off after writing and before giving back: the file's counts.
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

struct rp_recovered {
    uint64_t events;                // that were still in the rings
    char trace[RP_PATH_BYTES + 64]; // as the process or its drainer called it
};

// Finishes the trace of a process that has died with its drainer; when it died
// before there was a trace, makes one as the process would have called it.
// trace, rings: paths; trace is NULL when it is to be made. Returns 0 or an
// errno value, as rp_recovery_resume; EBUSY: the process lives, or its drainer
// does; ENOENT: there is no trace, and none is to be made, as nothing was
// published.
int rp_recovery_rescue(const char *trace, const char *rings,
                       struct rp_recovered *recovered);

#endif
