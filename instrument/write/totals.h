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

enum { RP_TOTALS_PAGE = 4096 };

struct rp_totals_span {
    uint64_t unit;  // bytes that a block takes here
    int64_t blocks; // handed out less given back
};

struct rp_totals_segment {
    uint64_t bytes; // 0: not mapped
    uint64_t given; // of these, given back to the system
};

struct rp_totals_move {
    uint64_t time;
    uint64_t order; // of arrival, for equal times
    unsigned type;
    uint32_t a, b;
    uint64_t c[2];
};

struct rp_regions;

struct rp_totals {
    uint64_t events; // counted by the drainer, a block at a time
    uint64_t held, peak_held, peak_held_time, in_use, peak_in_use;

    // By number / RP_TOTALS_PAGE, then number % RP_TOTALS_PAGE.
    struct rp_totals_span **spans;
    uint32_t span_ends[2]; // of the pages that there are, in each half
    struct rp_totals_segment **segments;

    struct rp_regions *regions;   // to be told, too; NULL: there are none
    struct rp_totals_move *moves; // a heap, earliest first
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
bool rp_totals_start(struct rp_totals *totals,
                     const struct rp_layout_info *layout,
                     const struct rp_class_info *classes);
void rp_totals_free(struct rp_totals *totals);

// The first page that there is from `page` on, which becomes its number; NULL:
// there are no more.
const struct rp_totals_span *rp_totals_page(const struct rp_totals *totals,
                                            uint32_t *page);

// Where it has no place yet, makes one; without memory, all share one.
struct rp_totals_span *rp_totals_span_slow(struct rp_totals *totals,
                                           uint32_t number);
static inline struct rp_totals_span *rp_totals_span(struct rp_totals *totals,
                                                    uint32_t number) {
    struct rp_totals_span *page = totals->spans[number / RP_TOTALS_PAGE];

    return page != NULL ? &page[number % RP_TOTALS_PAGE]
                        : rp_totals_span_slow(totals, number);
}

// More is in use, or less. While a count is not weighed right yet, the sum may
// be below zero.
static inline void rp_totals_use(struct rp_totals *totals, uint64_t bytes) {
    totals->in_use += bytes;
    if (totals->in_use > totals->peak_in_use && (int64_t)totals->in_use > 0)
        totals->peak_in_use = totals->in_use;
}

// A block was handed out (sign +1) or given back (-1).
static inline void rp_totals_block(struct rp_totals *totals, uint32_t number,
                                   int sign) {
    struct rp_totals_span *span = rp_totals_span(totals, number);

    span->blocks += sign;
    if (sign > 0)
        rp_totals_use(totals, span->unit);
    else
        totals->in_use -= span->unit;
}

// So many blocks of a span are in use that were before.
void rp_totals_blocks(struct rp_totals *totals, uint32_t number,
                      uint32_t count);

// Any other event, of which only some matter here. time: in steps.
void rp_totals_move(struct rp_totals *totals, const struct rp_record *record,
                    uint64_t time);

// No event before `time` will come any more.
void rp_totals_settle(struct rp_totals *totals, uint64_t time);

// Nothing is held any more, and no block lives: a state is about to be told.
// What has been counted so far stays, and so do the peaks and the timeline.
void rp_totals_forget(struct rp_totals *totals);

// Takes a point for the timeline when it is time for one.
void rp_totals_point(struct rp_totals *totals, uint64_t time);

#endif
