// check.h - is the model right? Against itself, and against the allocator's own
// counts.
#ifndef RPSCOPE_HEAP_CHECK_H
#define RPSCOPE_HEAP_CHECK_H

#include "viewer/heap/model.h"

// Counts every part from spans and blocks alone.
void check_recount(const struct model *model, int64_t parts[PARTS],
                   uint64_t *live_blocks);
// Compares with check_recount, and held with the sum; counts failures.
void check_identity(struct model *model);
// The allocator's own counts.
void check_walk_event(struct model *model, const struct trace_event *event);
void check_free(struct model *model);

#endif
