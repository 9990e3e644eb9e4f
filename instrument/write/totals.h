// totals.h - the totals and the coarse timeline of the trailer.
//
// The drainer sees the events ring by ring, not in the order of their times.
// What maps and moves memory is rare, so it is put in order here first: it
// waits in a heap until every ring has been read beyond its time. Blocks are
// counted per span as they come, and weighed by what the span is for; when the
// span turns out to be for something else, its count is weighed anew. So the
// totals are exact when all events are in, and nearly so on the way.
#ifndef RP_INSTRUMENT_WRITE_TOTALS_H
#define RP_INSTRUMENT_WRITE_TOTALS_H

#include "instrument/shm/record.h"

enum { RP_TALLY_PAGE = 4096 };

struct rp_tally_span {
    uint64_t unit;  // bytes that a block takes here
    int64_t blocks; // handed out less given back
};

struct rp_tally_segment {
    uint64_t bytes; // 0: not mapped
    uint64_t given; // of these, given back to the system
};

struct rp_tally_move {
    uint64_t time;
    uint64_t order; // of arrival, for equal times
    unsigned type;
    uint32_t a, b;
    uint64_t c[2];
};

struct rp_mappings;

struct rp_tally {
    uint64_t events; // counted by the drainer, a block at a time
    uint64_t held, peak_held, peak_held_time, in_use, peak_in_use;

    // By number / RP_TALLY_PAGE, then number % RP_TALLY_PAGE.
    struct rp_tally_span **spans;
    struct rp_tally_segment **segments;

    struct rp_mappings *mappings; // to be told, too; NULL: there are none
    struct rp_tally_move *moves;  // a heap, earliest first
    size_t move_count, move_room;
    uint64_t move_order;

    struct trace_point points[TRACE_MAX_POINTS];
    uint32_t point_count;
    uint64_t point_step; // least time between two points
    uint32_t class_bytes[256];
    uint64_t span_bytes, header_bytes;
    uint32_t segment_spans;
};

// layout, classes: of the allocator that is recorded.
// false: no memory. Where memory is missing later, totals may be too small.
bool rp_tally_start(struct rp_tally *tally, const struct rp_layout_info *layout,
                    const struct rp_class_info *classes);
void rp_tally_free(struct rp_tally *tally);

// Where it has no place yet, makes one; without memory, all share one.
struct rp_tally_span *rp_tally_span_slow(struct rp_tally *tally,
                                         uint32_t number);
static inline struct rp_tally_span *rp_tally_span(struct rp_tally *tally,
                                                  uint32_t number) {
    struct rp_tally_span *page = tally->spans[number / RP_TALLY_PAGE];

    return page != NULL ? &page[number % RP_TALLY_PAGE]
                        : rp_tally_span_slow(tally, number);
}

// While a count is not weighed right yet, the sum may be below zero.
static inline void rp_tally_use(struct rp_tally *tally, uint64_t bytes) {
    tally->in_use += bytes;
    if (tally->in_use > tally->peak_in_use && (int64_t)tally->in_use > 0)
        tally->peak_in_use = tally->in_use;
}

// A block was handed out (sign +1) or given back (-1).
static inline void rp_tally_block(struct rp_tally *tally, uint32_t number,
                                  int sign) {
    struct rp_tally_span *span = rp_tally_span(tally, number);

    span->blocks += sign;
    rp_tally_use(tally, sign > 0 ? span->unit : 0 - span->unit);
}

// Any other event, of which only some matter here. time: in steps.
void rp_tally_move(struct rp_tally *tally, const struct rp_record *record,
                   uint64_t time);

// No event before `time` will come any more.
void rp_tally_settle(struct rp_tally *tally, uint64_t time);

// Nothing is held any more, and no block lives: a state is about to be told.
// What has been counted so far stays, and so do the peaks and the timeline.
void rp_tally_forget(struct rp_tally *tally);

// Takes a point for the timeline when it is time for one.
void rp_tally_point(struct rp_tally *tally, uint64_t time);

#endif
