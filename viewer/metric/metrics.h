// metrics.h - all metrics of one recording: the list of them.
#ifndef RPSCOPE_METRIC_METRICS_H
#define RPSCOPE_METRIC_METRICS_H

#include "viewer/metric/classes.h"
#include "viewer/metric/contradictions.h"
#include "viewer/metric/frames.h"
#include "viewer/metric/frees.h"
#include "viewer/metric/last_stacks.h"
#include "viewer/metric/lifetimes.h"
#include "viewer/metric/notes.h"
#include "viewer/metric/pages.h"
#include "viewer/metric/pins_over_time.h"
#include "viewer/metric/reallocs.h"
#include "viewer/metric/series.h"
#include "viewer/metric/snapshots.h"
#include "viewer/metric/span_sources.h"
#include "viewer/metric/stacks.h"
#include "viewer/metric/sums.h"
#include "viewer/metric/tags.h"
#include "viewer/metric/threads.h"
#include "viewer/metric/waits.h"
#include "viewer/metric/walks.h"

// METRIC(name): struct name in a header of that name, with name_metric. They
// are fed in this order: those first that others look at (struct
// metric_context).
#define METRIC_LIST(METRIC)                                                    \
    METRIC(sums)                                                               \
    METRIC(stacks)                                                             \
    METRIC(classes)                                                            \
    METRIC(threads)                                                            \
    METRIC(pins_over_time)                                                     \
    METRIC(contradictions)                                                     \
    METRIC(notes)                                                              \
    METRIC(tags)                                                               \
    METRIC(frames)                                                             \
    METRIC(frees)                                                              \
    METRIC(lifetimes)                                                          \
    METRIC(series)                                                             \
    METRIC(reallocs)                                                           \
    METRIC(last_stacks)                                                        \
    METRIC(span_sources)                                                       \
    METRIC(pages)                                                              \
    METRIC(waits)                                                              \
    METRIC(snapshots)                                                          \
    METRIC(walks)

struct metrics {
    struct metric_context context;
#define METRIC_FIELD(name) struct name name;
    METRIC_LIST(METRIC_FIELD)
#undef METRIC_FIELD
};

// `first` and `last`: times of the recording as far as they are known, in
// steps. The heap outlives the metrics.
void metrics_start(struct metrics *metrics, const struct heap *heap,
                   uint64_t first, uint64_t last);
void metrics_free(struct metrics *metrics);

void metrics_feed(struct metrics *metrics, const struct change_log *log);
// All changes up to now are fed; then the metrics may be read. They may go on.
void metrics_settle(struct metrics *metrics);
void metrics_end(struct metrics *metrics);

// After settle; into metrics that were started with the heap of that time.
void metrics_save(const struct metrics *metrics, struct pack *pack);
bool metrics_restore(struct metrics *metrics, struct pack *pack);

#endif
