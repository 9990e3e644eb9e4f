// path.h - where the file lies that a process shares with its drainer.
#ifndef RP_INSTRUMENT_SHM_PATH_H
#define RP_INSTRUMENT_SHM_PATH_H

#include "instrument/shm/shared.h"

// Makes the shared memory with a struct rp_shared at its start, in the first of
// these folders where there is room for it and for `more` bytes: the one that
// was asked for; $XDG_RUNTIME_DIR/rpscope; /dev/shm/rpscope-USER; that of the
// trace. What is not the first choice is said on stderr. ahead: see shm.h.
// false: in none of them.
bool rp_path_make(struct rp_shm *shm, const struct rp_options *options,
                  uint64_t trace_id, size_t more, size_t ahead);

// Reads the name of such a file, without folders: .rings.PROCESS.TRACE. false:
// it is none.
bool rp_path_is_rings(const char *name, uint32_t *process, uint64_t *trace_id);

#endif
