// blocks.h - what happens to blocks, in the model.
//
// An event about a block is ready when the block is as the event says: free
// before an allocation, live before a free.
#ifndef RPSCOPE_HEAP_BLOCKS_H
#define RPSCOPE_HEAP_BLOCKS_H

#include "viewer/heap/model.h"

// Each applies the event when the model is ready for it; false and no change
// when it is not. With `force` it is always done with: contradictions are
// counted.
bool blocks_alloc(struct model *model, const struct trace_event *event,
                  bool force);
bool blocks_free(struct model *model, const struct trace_event *event,
                 bool force);
bool blocks_resize(struct model *model, const struct trace_event *event,
                   bool force);

// The block ends without a free: its span or its memory went away.
void blocks_drop(struct model *model, struct span *span, uint32_t block);

#endif
