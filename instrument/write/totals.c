// totals.c - see tally.h.
#include "instrument/write/totals.h"

#include "core/base/bits.h"
#include "instrument/write/regions.h"
#include "instrument/os/system.h"

#include <string.h>

enum {
    // Of the directories, which are touched as needed: every number has one.
    SPAN_PAGES = (UINT32_MAX / RP_TALLY_PAGE) + 1,
    SEGMENT_PAGES = SPAN_PAGES / 64,
    FIRST_MOVES = 4096,
    FIRST_STEP = 1 << 12, // about 0.1 ms
};

bool rp_tally_start(struct rp_tally *tally, const struct rp_layout_info *layout,
                    const struct rp_class_info *classes) {
    *tally = (struct rp_tally){.point_step = FIRST_STEP,
                               .move_room = FIRST_MOVES,
                               .span_bytes = layout->span_bytes,
                               .header_bytes = layout->span_header_bytes,
                               .segment_spans = layout->spans_per_segment};
    for (uint32_t i = 0; i < layout->class_count; i++)
        tally->class_bytes[i] = classes[i].block_bytes;
    tally->spans = rp_system_map(SPAN_PAGES * sizeof *tally->spans, RP_MAP_OWN);
    tally->segments =
        rp_system_map(SEGMENT_PAGES * sizeof *tally->segments, RP_MAP_OWN);
    tally->moves =
        rp_system_map(FIRST_MOVES * sizeof *tally->moves, RP_MAP_OWN);
    return tally->spans != NULL && tally->segments != NULL &&
           tally->moves != NULL;
}

static void free_pages(struct rp_tally *tally) {
    for (size_t i = 0; tally->spans != NULL && i < SPAN_PAGES; i++) {
        if (tally->spans[i] == NULL)
            continue; // not touched, and so without memory
        rp_system_unmap(tally->spans[i], RP_TALLY_PAGE * sizeof **tally->spans);
        tally->spans[i] = NULL;
    }
    for (size_t i = 0; tally->segments != NULL && i < SEGMENT_PAGES; i++) {
        if (tally->segments[i] == NULL)
            continue;
        rp_system_unmap(tally->segments[i],
                        RP_TALLY_PAGE * sizeof **tally->segments);
        tally->segments[i] = NULL;
    }
}

void rp_tally_forget(struct rp_tally *tally) {
    rp_tally_settle(tally, UINT64_MAX);
    free_pages(tally);
    tally->held = tally->in_use = 0;
    if (tally->mappings != NULL) {
        rp_mappings_free(tally->mappings);
        rp_mappings_start(tally->mappings);
    }
}

void rp_tally_free(struct rp_tally *tally) {
    free_pages(tally);
    if (tally->spans != NULL)
        rp_system_unmap(tally->spans, SPAN_PAGES * sizeof *tally->spans);
    if (tally->segments != NULL)
        rp_system_unmap(tally->segments,
                        SEGMENT_PAGES * sizeof *tally->segments);
    if (tally->moves != NULL)
        rp_system_unmap(tally->moves, tally->move_room * sizeof *tally->moves);
}

// ---- blocks ----

struct rp_tally_span *rp_tally_span_slow(struct rp_tally *tally,
                                         uint32_t number) {
    static struct rp_tally_span spare;
    struct rp_tally_span **page = &tally->spans[number / RP_TALLY_PAGE];

    *page = rp_system_map(RP_TALLY_PAGE * sizeof **page, RP_MAP_OWN);
    return *page == NULL ? &spare : &(*page)[number % RP_TALLY_PAGE];
}

static struct rp_tally_segment *segment_at(struct rp_tally *tally,
                                           uint32_t number) {
    static struct rp_tally_segment spare;
    struct rp_tally_segment **page =
        &tally->segments[number / RP_TALLY_PAGE % SEGMENT_PAGES];

    if (*page == NULL)
        *page = rp_system_map(RP_TALLY_PAGE * sizeof **page, RP_MAP_OWN);
    return *page == NULL ? &spare : &(*page)[number % RP_TALLY_PAGE];
}

static void weigh(struct rp_tally *tally, uint32_t number, uint64_t unit) {
    struct rp_tally_span *span = rp_tally_span(tally, number);

    rp_tally_use(tally, (uint64_t)span->blocks * (unit - span->unit));
    span->unit = unit;
}

// ---- memory, in the order of time ----

static void hold(struct rp_tally *tally, uint64_t time, uint64_t bytes) {
    tally->held += bytes;
    if (tally->held > tally->peak_held && (int64_t)tally->held > 0) {
        tally->peak_held = tally->held;
        tally->peak_held_time = time;
    }
}

static void apply(struct rp_tally *tally, const struct rp_tally_move *move) {
    struct rp_tally_segment *segment;

    if (tally->mappings != NULL)
        rp_mappings_apply(tally->mappings, move->type, move->a, move->c);
    switch (move->type) {
    case TRACE_EVENT_SPAN_ACQUIRE:
        weigh(tally, move->a,
              move->b == RP_CLASS_LARGE
                  ? (uint32_t)move->c[0] * tally->span_bytes -
                        tally->header_bytes
                  : tally->class_bytes[move->b & 0xff]);
        break;
    case TRACE_EVENT_SEGMENT_MAP:
        segment = segment_at(tally, move->a);
        segment->bytes = move->c[1];
        segment->given = 0;
        hold(tally, move->time, segment->bytes);
        break;
    case TRACE_EVENT_SEGMENT_UNMAP:
        segment = segment_at(tally, move->a);
        hold(tally, move->time, segment->given - segment->bytes);
        segment->bytes = segment->given = 0;
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
        segment = segment_at(tally, move->a / tally->segment_spans);
        segment->given += move->c[1];
        hold(tally, move->time, 0 - move->c[1]);
        break;
    case TRACE_EVENT_SPAN_COMMIT:
        segment = segment_at(tally, move->a / tally->segment_spans);
        segment->given -= move->c[1];
        hold(tally, move->time, move->c[1]);
        break;
    case TRACE_EVENT_HUGE_MAP:
        weigh(tally, move->a, move->c[1] - tally->header_bytes);
        // The mapping's bytes are found again from the block's.
        hold(tally, move->time, move->c[1]);
        break;
    case TRACE_EVENT_HUGE_UNMAP:
        hold(tally, move->time,
             0 - rp_tally_span(tally, move->a)->unit - tally->header_bytes);
        break;
    case TRACE_EVENT_BOOKKEEPING_MAP:
        hold(tally, move->time, move->c[1]);
        break;
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        hold(tally, move->time, 0 - move->c[1]);
        break;
    default:
        break;
    }
}

// ---- the heap of moves ----

static bool is_before(const struct rp_tally_move *a,
                      const struct rp_tally_move *b) {
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void swap_moves(struct rp_tally_move *a, struct rp_tally_move *b) {
    struct rp_tally_move kept = *a;

    *a = *b;
    *b = kept;
}

static bool make_room(struct rp_tally *tally) {
    size_t bytes = tally->move_room * sizeof *tally->moves;

    if (tally->move_count < tally->move_room)
        return true;
    struct rp_tally_move *more = rp_system_map(2 * bytes, RP_MAP_OWN);
    if (more == NULL)
        return false;
    memcpy(more, tally->moves, bytes);
    rp_system_unmap(tally->moves, bytes);
    tally->moves = more;
    tally->move_room *= 2;
    return true;
}

static void push_move(struct rp_tally *tally, const struct rp_record *record,
                      uint64_t time) {
    if (!make_room(tally))
        return;
    size_t at = tally->move_count++;
    tally->moves[at] = (struct rp_tally_move){
        time,      tally->move_order++, record->type,
        record->a, record->b,           {record->c[0], record->c[1]}};
    while (at > 0 &&
           is_before(&tally->moves[at], &tally->moves[(at - 1) / 2])) {
        swap_moves(&tally->moves[at], &tally->moves[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct rp_tally_move pop_move(struct rp_tally *tally) {
    struct rp_tally_move *moves = tally->moves, first = moves[0];
    size_t count = --tally->move_count, at = 0;

    moves[0] = moves[count];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && is_before(&moves[child + 1], &moves[child]))
            child++;
        if (child >= count || !is_before(&moves[child], &moves[at]))
            return first;
        swap_moves(&moves[at], &moves[child]);
        at = child;
    }
}

void rp_tally_settle(struct rp_tally *tally, uint64_t time) {
    while (tally->move_count > 0 && tally->moves[0].time < time) {
        struct rp_tally_move move = pop_move(tally);
        apply(tally, &move);
    }
}

void rp_tally_move(struct rp_tally *tally, const struct rp_record *record,
                   uint64_t time) {
    switch (record->type) {
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_SEGMENT_UNMAP:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_HUGE_UNMAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        push_move(tally, record, time);
        break;
    default:
        break;
    }
}

// ---- the timeline ----

void rp_tally_point(struct rp_tally *tally, uint64_t time) {
    struct trace_point *points = tally->points;
    uint32_t count = tally->point_count;

    if (count > 0 && time < points[count - 1].time + tally->point_step)
        return;
    if (count == TRACE_MAX_POINTS) { // keep every second one
        count = TRACE_MAX_POINTS / 2;
        for (uint32_t i = 0; i < count; i++)
            points[i] = points[2 * i];
        tally->point_step *= 2;
    }
    points[count] = (struct trace_point){
        time, tally->held, (int64_t)tally->in_use > 0 ? tally->in_use : 0,
        tally->events};
    tally->point_count = count + 1;
}
