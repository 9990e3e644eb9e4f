// notes.h - what the trace notes of a time: marks, heap bugs that checks found,
// how much of what is held was in memory, and how many events were lost.
#ifndef RPSCOPE_METRIC_NOTES_H
#define RPSCOPE_METRIC_NOTES_H

#include "viewer/metric/metric.h"

struct note_mark {
    uint64_t time; // steps since the start
    uint64_t text;
};

struct note_finding {
    uint64_t time; // steps since the start
    uint64_t text;
    uint32_t now, made, freed; // stacks; 0: none
    uint32_t ring;
};

// The last sample of what is in memory.
struct note_residency {
    uint64_t samples;          // so far
    uint64_t time;             // steps since the start
    uint64_t mapped, resident; // of segments and huge blocks
    uint64_t held;             // in these, then
};

enum { NOTES_MAX_MARKS = 10000, NOTES_MAX_FINDINGS = 10000 };

struct notes {
    struct pool *pool;
    struct note_mark *marks;
    size_t mark_count, mark_capacity;
    struct note_finding *findings;
    size_t finding_count, finding_capacity;
    struct note_residency residency;
    uint64_t lost_events;
};

extern const struct metric notes_metric;

#endif
