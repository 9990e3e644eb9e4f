// kept_marks.h - marks from outside in a recording that keeps only the last
// moments: they wait here, as events do in their rings.
#ifndef RP_INSTRUMENT_DRAIN_KEPT_MARKS_H
#define RP_INSTRUMENT_DRAIN_KEPT_MARKS_H

#include "instrument/write/trace_writer.h"

enum { RP_KEPT_MARKS = 64 }; // the last ones; a later one takes the oldest's

struct rp_kept_marks {
    uint64_t count; // so far
    struct rp_kept_mark {
        uint64_t ticks; // when
        char text[RP_COMMAND_TEXT];
    } marks[RP_KEPT_MARKS];
};

// Keeps one of that moment, in ticks; text: of at most RP_COMMAND_TEXT - 1
// bytes.
void rp_kept_marks_add(struct rp_kept_marks *kept, const char *text,
                       uint64_t ticks);

// Writes those that come after the snapshot that was written last.
void rp_kept_marks_write(const struct rp_kept_marks *kept,
                         struct rp_trace_writer *writer);

#endif
