// state.h - the state of a heap as the events that tell it: a snapshot.
#ifndef RPSCOPE_TRIM_STATE_H
#define RPSCOPE_TRIM_STATE_H

#include "viewer/trim/around.h"

// Where events go.
struct event_sink {
    void (*put)(void *context, const struct trace_event *event);
    void *context;
};

// Tells the snapshot with number 1 at this time: what
// instrument/TRACE-FORMAT.md says under "started late".
void state_tell(struct heap *heap, const struct around *around, uint64_t time,
                const struct event_sink *sink);

#endif
