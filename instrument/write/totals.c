// totals.c - see totals.h.
#include "instrument/write/totals.h"

#include "core/base/bits.h"
#include "instrument/os/system.h"
#include "instrument/write/regions.h"

#include <string.h>

enum {
    // Of the directories, which are touched as needed: every number has one.
    SPAN_PAGES = (UINT32_MAX / RP_TOTALS_PAGE) + 1,
    HALF = SPAN_PAGES / 2, // then come those of huge blocks
    SEGMENT_PAGES = SPAN_PAGES / 64,
    FIRST_MOVES = 4096,
    FIRST_STEP = 1 << 12, // about 0.1 ms
};

bool rp_totals_start(struct rp_totals *totals,
                     const struct rp_layout_info *layout,
                     const struct rp_class_info *classes) {
    *totals = (struct rp_totals){.point_step = FIRST_STEP,
                                 .move_room = FIRST_MOVES,
                                 .span_bytes = layout->span_bytes,
                                 .header_bytes = layout->large_header_bytes,
                                 .segment_spans = layout->spans_per_segment};
    for (uint32_t i = 0; i < layout->class_count; i++)
        totals->class_bytes[i] = classes[i].block_bytes;
    totals->spans =
        rp_system_map(SPAN_PAGES * sizeof *totals->spans, RP_MAP_OWN);
    totals->segments =
        rp_system_map(SEGMENT_PAGES * sizeof *totals->segments, RP_MAP_OWN);
    totals->moves =
        rp_system_map(FIRST_MOVES * sizeof *totals->moves, RP_MAP_OWN);
    return totals->spans != NULL && totals->segments != NULL &&
           totals->moves != NULL;
}

const struct rp_totals_span *rp_totals_page(const struct rp_totals *totals,
                                            uint32_t *page) {
    for (; *page < SPAN_PAGES; ++*page) {
        uint32_t half = *page / HALF;
        if (*page % HALF >= totals->span_ends[half])
            *page = half * HALF + HALF - 1; // none was touched
        else if (totals->spans[*page] != NULL)
            return totals->spans[*page];
    }
    return NULL;
}

static void free_pages(struct rp_totals *totals) {
    for (uint32_t i = 0; rp_totals_page(totals, &i) != NULL; i++) {
        rp_system_unmap(totals->spans[i],
                        RP_TOTALS_PAGE * sizeof **totals->spans);
        totals->spans[i] = NULL;
    }
    totals->span_ends[0] = totals->span_ends[1] = 0;
    for (size_t i = 0; totals->segments != NULL && i < SEGMENT_PAGES; i++) {
        if (totals->segments[i] == NULL)
            continue;
        rp_system_unmap(totals->segments[i],
                        RP_TOTALS_PAGE * sizeof **totals->segments);
        totals->segments[i] = NULL;
    }
}

void rp_totals_forget(struct rp_totals *totals) {
    rp_totals_settle(totals, UINT64_MAX);
    free_pages(totals);
    totals->held = totals->in_use = 0;
    if (totals->regions != NULL) {
        rp_regions_free(totals->regions);
        rp_regions_start(totals->regions);
    }
}

void rp_totals_free(struct rp_totals *totals) {
    free_pages(totals);
    if (totals->spans != NULL)
        rp_system_unmap(totals->spans, SPAN_PAGES * sizeof *totals->spans);
    if (totals->segments != NULL)
        rp_system_unmap(totals->segments,
                        SEGMENT_PAGES * sizeof *totals->segments);
    if (totals->moves != NULL)
        rp_system_unmap(totals->moves,
                        totals->move_room * sizeof *totals->moves);
}

// ---- blocks ----

struct rp_totals_span *rp_totals_span_slow(struct rp_totals *totals,
                                           uint32_t number) {
    static struct rp_totals_span spare;
    uint32_t index = number / RP_TOTALS_PAGE;
    uint32_t *end = &totals->span_ends[index / HALF];
    struct rp_totals_span **page = &totals->spans[index];

    if (index % HALF >= *end)
        *end = index % HALF + 1;
    *page = rp_system_map(RP_TOTALS_PAGE * sizeof **page, RP_MAP_OWN);
    return *page == NULL ? &spare : &(*page)[number % RP_TOTALS_PAGE];
}

static struct rp_totals_segment *segment_at(struct rp_totals *totals,
                                            uint32_t number) {
    static struct rp_totals_segment spare;
    struct rp_totals_segment **page =
        &totals->segments[number / RP_TOTALS_PAGE % SEGMENT_PAGES];

    if (*page == NULL)
        *page = rp_system_map(RP_TOTALS_PAGE * sizeof **page, RP_MAP_OWN);
    return *page == NULL ? &spare : &(*page)[number % RP_TOTALS_PAGE];
}

static void weigh(struct rp_totals *totals, uint32_t number, uint64_t unit) {
    struct rp_totals_span *span = rp_totals_span(totals, number);

    rp_totals_use(totals, (uint64_t)span->blocks * (unit - span->unit));
    span->unit = unit;
}

void rp_totals_blocks(struct rp_totals *totals, uint32_t number,
                      uint32_t count) {
    struct rp_totals_span *span = rp_totals_span(totals, number);

    span->blocks += count;
    rp_totals_use(totals, (uint64_t)count * span->unit);
}

// ---- memory, in the order of time ----

static void hold(struct rp_totals *totals, uint64_t time, uint64_t bytes) {
    totals->held += bytes;
    if (totals->held > totals->peak_held && (int64_t)totals->held > 0) {
        totals->peak_held = totals->held;
        totals->peak_held_time = time;
    }
}

static void apply(struct rp_totals *totals, const struct rp_totals_move *move) {
    struct rp_totals_segment *segment;

    if (totals->regions != NULL)
        rp_regions_apply(totals->regions, move->type, move->a, move->c);
    switch (move->type) {
    case TRACE_EVENT_SPAN_ACQUIRE:
        weigh(totals, move->a,
              move->b == RP_CLASS_LARGE
                  ? (uint32_t)move->c[0] * totals->span_bytes -
                        totals->header_bytes
                  : totals->class_bytes[move->b & 0xff]);
        break;
    case TRACE_EVENT_SEGMENT_MAP:
        segment = segment_at(totals, move->a);
        segment->bytes = move->c[1];
        segment->given = 0;
        hold(totals, move->time, segment->bytes);
        break;
    case TRACE_EVENT_SEGMENT_UNMAP:
        segment = segment_at(totals, move->a);
        hold(totals, move->time, segment->given - segment->bytes);
        segment->bytes = segment->given = 0;
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
        segment = segment_at(totals, move->a / totals->segment_spans);
        segment->given += move->c[1];
        hold(totals, move->time, 0 - move->c[1]);
        break;
    case TRACE_EVENT_SPAN_COMMIT:
        segment = segment_at(totals, move->a / totals->segment_spans);
        segment->given -= move->c[1];
        hold(totals, move->time, move->c[1]);
        break;
    case TRACE_EVENT_HUGE_MAP:
        weigh(totals, move->a, move->c[1] - totals->header_bytes);
        // The mapping's bytes are found again from the block's.
        hold(totals, move->time, move->c[1]);
        break;
    case TRACE_EVENT_HUGE_UNMAP:
        hold(totals, move->time,
             0 - rp_totals_span(totals, move->a)->unit - totals->header_bytes);
        break;
    case TRACE_EVENT_BOOKKEEPING_MAP:
        hold(totals, move->time, move->c[1]);
        break;
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        hold(totals, move->time, 0 - move->c[1]);
        break;
    default:
        break;
    }
}

// ---- the heap of moves ----

static bool is_before(const struct rp_totals_move *a,
                      const struct rp_totals_move *b) {
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void swap_moves(struct rp_totals_move *a, struct rp_totals_move *b) {
    struct rp_totals_move kept = *a;

    *a = *b;
    *b = kept;
}

static bool make_room(struct rp_totals *totals) {
    size_t bytes = totals->move_room * sizeof *totals->moves;

    if (totals->move_count < totals->move_room)
        return true;
    struct rp_totals_move *more = rp_system_map(2 * bytes, RP_MAP_OWN);
    if (more == NULL)
        return false;
    memcpy(more, totals->moves, bytes);
    rp_system_unmap(totals->moves, bytes);
    totals->moves = more;
    totals->move_room *= 2;
    return true;
}

static void push_move(struct rp_totals *totals, const struct rp_record *record,
                      uint64_t time) {
    if (!make_room(totals))
        return;
    size_t at = totals->move_count++;
    totals->moves[at] = (struct rp_totals_move){
        time,      totals->move_order++,        record->type, record->a,
        record->b, {record->c[0], record->c[1]}};
    while (at > 0 &&
           is_before(&totals->moves[at], &totals->moves[(at - 1) / 2])) {
        swap_moves(&totals->moves[at], &totals->moves[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct rp_totals_move pop_move(struct rp_totals *totals) {
    struct rp_totals_move *moves = totals->moves, first = moves[0];
    size_t count = --totals->move_count, at = 0;

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

void rp_totals_settle(struct rp_totals *totals, uint64_t time) {
    while (totals->move_count > 0 && totals->moves[0].time < time) {
        struct rp_totals_move move = pop_move(totals);
        apply(totals, &move);
    }
}

void rp_totals_move(struct rp_totals *totals, const struct rp_record *record,
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
        push_move(totals, record, time);
        break;
    default:
        break;
    }
}

// ---- the timeline ----

void rp_totals_point(struct rp_totals *totals, uint64_t time) {
    struct trace_point *points = totals->points;
    uint32_t count = totals->point_count;

    if (count > 0 && time < points[count - 1].time + totals->point_step)
        return;
    if (count == TRACE_MAX_POINTS) { // keep every second one
        count = TRACE_MAX_POINTS / 2;
        for (uint32_t i = 0; i < count; i++)
            points[i] = points[2 * i];
        totals->point_step *= 2;
    }
    points[count] = (struct trace_point){
        time, totals->held, (int64_t)totals->in_use > 0 ? totals->in_use : 0,
        totals->events};
    totals->point_count = count + 1;
}
