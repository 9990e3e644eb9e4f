// pprof.h - stacks for `pprof`, as heap profiles of Go's and tcmalloc's are.
#ifndef RPSCOPE_EXPORT_PPROF_H
#define RPSCOPE_EXPORT_PPROF_H

#include "viewer/export/wish.h"

// Writes a profile.proto in gzip: one sample for each exact stack, with the
// values alloc_objects, alloc_space, inuse_objects, inuse_space, pin_share and
// pin_alone. Functions and lines are in it, so that nobody looks for programs.
bool pprof_write(struct answer *answer, const struct export_wish *wish,
                 FILE *out, struct export_told *told);

#endif
