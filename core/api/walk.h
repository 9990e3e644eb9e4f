// walk.h - going through the runs of a segment by their headers.
#ifndef RP_CORE_API_WALK_H
#define RP_CORE_API_WALK_H

#include "core/memory/segment_table.h"
#include "core/span/span.h"

// Calls visit for the first span of each run that somebody has, or for the
// header of a huge block. Exact only while no other thread is at work.
void rp_walk_runs(const struct segment *segment,
                  void (*visit)(const struct span *first, void *context),
                  void *context);

#endif
