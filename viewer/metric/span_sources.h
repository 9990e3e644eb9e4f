// span_sources.h - where spans that began to serve blocks came from, and where
// they went when they were empty: how often do the caches help?
#ifndef RPSCOPE_METRIC_SPAN_SOURCES_H
#define RPSCOPE_METRIC_SPAN_SOURCES_H

#include "viewer/metric/classes.h"
#include "viewer/metric/metric.h"

struct span_source {
    // Times that a heap took a span, or a run of them for a large block.
    uint64_t from_thread_cache, from_global_cache, from_segment;
    uint64_t adopted; // with its blocks, of an orphaned heap
    // Times that it gave one up.
    uint64_t to_thread_cache, to_global_cache, to_segment;
};

struct span_sources {
    struct span_source classes[CLASSES];
};

extern const struct metric span_sources_metric;

#endif
