// replay.h - a recorded heap, event by event, and the metrics that watch it.
#ifndef RPSCOPE_METRIC_REPLAY_H
#define RPSCOPE_METRIC_REPLAY_H

#include "viewer/heap/apply.h"
#include "viewer/metric/metrics.h"

struct replay {
    struct heap heap;
    struct metrics metrics;
    struct change_log log; // changes that the metrics have not seen yet
    bool failed; // slots of packed spans could not be had (index/slots.h)
};

// Not to be moved afterwards. `first` and `last`: times of the recording as far
// as they are known, in steps.
void replay_start(struct replay *replay, const struct trace_tables *tables,
                  uint64_t first, uint64_t last);
void replay_free(struct replay *replay);

// Events of all rings, in their one order.
void replay_events(struct replay *replay, const struct trace_event *events,
                   size_t count);
// Brings the metrics up to the last event, to be read.
void replay_settle(struct replay *replay);
// No more events will come: what still waits is applied as it is.
void replay_end(struct replay *replay);

#endif
