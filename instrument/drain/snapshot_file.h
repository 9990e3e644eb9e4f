// snapshot_file.h - what is kept of the last moments, as a trace of its own.
//
// NAME.snapshot-N.rptrace: whole at once, while the program goes on, and a
// trace like any other. A second writer reads the rings beside the drainer's,
// and gives nothing back. So the recording goes on as if nothing had been.
#ifndef RP_INSTRUMENT_DRAIN_SNAPSHOT_FILE_H
#define RP_INSTRUMENT_DRAIN_SNAPSHOT_FILE_H

#include "instrument/drain/heap_state.h"
#include "instrument/shm/shared.h"

enum { RP_SNAPSHOT_PATH = RP_PATH_BYTES + 64 };

// Writes the state and what is published after it, up to `cut` (ticks).
// Returns 0, or an errno value: it was said. *number: which one; path: of it.
int rp_snapshot_file_write(struct rp_shm *shm,
                           const struct rp_heap_state *heaps, uint64_t cut,
                           uint32_t *number, char path[RP_SNAPSHOT_PATH]);

#endif
