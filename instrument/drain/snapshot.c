// snapshot.c - see snapshot.h.
//
// SNAPSHOT, then in ring 0 the state, then for each class how many blocks it
// has by the writer's own count, for the reader to check its own by; at last,
// ring by ring, which threads there are.
#include "instrument/drain/snapshot.h"

#include "instrument/drain/heap_state_tell.h"

#include <errno.h>

enum { CLASSES = 256 };

// Where the state goes: blocks of ring 0, then of each thread's.
struct state {
    struct rp_trace_writer *writer;
    uint32_t ring;
};

// What it will come to.
struct sum {
    uint64_t events; // of ring 0
    uint64_t held;
};

struct class_count {
    uint64_t spans, live;
};

static struct rp_source *find_ring(const struct rp_trace_writer *writer,
                                   uint32_t number) {
    struct rp_source *ring = rp_sources_find(&writer->own->sources, number);

    // A second writer does not know those that came later.
    return ring != NULL && writer->second != NULL &&
                   ring->index > writer->second->ring->index
               ? NULL
               : ring;
}

// Writes the block in the making, and begins another.
static void write_block(struct state *state) {
    struct rp_trace_writer *writer = state->writer;
    struct rp_source *ring = find_ring(writer, state->ring);
    uint32_t events = writer->encoder.events;
    uint64_t sequence = ring != NULL ? rp_trace_writer_sequence(writer, ring)
                                     : writer->notes->own_sequence;

    if (events == 0)
        return;
    if (!rp_trace_writer_has_space(writer))
        writer->is_full = true;
    else if (writer->file.error == 0)
        rp_trace_writer_end_block(writer, state->ring, sequence);
    if (ring != NULL)
        rp_trace_writer_count(writer, ring, events);
    else
        writer->notes->own_sequence += events;
    rp_encoder_begin(&writer->encoder, UINT64_MAX);
}

static void enter_ring(struct state *state, uint32_t ring) {
    if (ring != state->ring || state->writer->encoder.events == RP_BLOCK_EVENTS)
        write_block(state);
    state->ring = ring;
}

// An event of the writer's own, at the moment of the snapshot.
static void add_own(struct state *state, unsigned type,
                    const uint64_t values[TRACE_MAX_FIELDS]) {
    struct rp_trace_writer *writer = state->writer;

    enter_ring(state, 0);
    rp_encoder_add(&writer->encoder, type, writer->notes->start, values);
}

static void add_event(void *context, uint32_t ring,
                      const struct rp_record *record) {
    struct state *state = context;
    struct rp_trace_writer *writer = state->writer;
    struct rp_record now = *record;
    uint64_t last = writer->notes->start;

    enter_ring(state, ring);
    now.ticks = writer->base_ticks; // so that `last` is its time
    rp_trace_writer_add(writer, &now, &last);
}

static void add_up(void *context, uint32_t ring,
                   const struct rp_record *record) {
    struct sum *sum = context;

    sum->events += ring == 0;
    switch (record->type) {
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
        sum->held += record->c[1];
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
        sum->held -= record->c[1];
        break;
    default:
        break;
    }
}

// ---- the classes ----

// Of the classes with blocks of that size, the first.
static unsigned class_of(const struct rp_trace_writer *writer, uint32_t number,
                         uint64_t unit) {
    const struct rp_own *own = writer->own;

    if ((number & RP_HUGE_BIT) != 0)
        return TRACE_CLASS_HUGE;
    for (uint32_t i = 0; i < own->layout.class_count; i++) {
        if (own->classes[i].block_bytes == unit)
            return i;
    }
    return TRACE_CLASS_LARGE;
}

static void tell_classes(struct state *state) {
    const struct rp_totals *totals = &state->writer->totals;
    struct class_count counts[CLASSES] = {{0, 0}};
    uint64_t told = 0;

    const struct rp_totals_span *spans;
    for (uint32_t page = 0; (spans = rp_totals_page(totals, &page)) != NULL;
         page++) {
        for (uint32_t i = 0; i < RP_TOTALS_PAGE; i++) {
            if (spans[i].blocks <= 0)
                continue;
            uint32_t number = page * RP_TOTALS_PAGE + i;
            struct class_count *count =
                &counts[class_of(state->writer, number, spans[i].unit)];
            count->spans++;
            count->live += (uint64_t)spans[i].blocks;
        }
    }
    for (unsigned i = 0; i < CLASSES; i++) {
        if (counts[i].live == 0)
            continue;
        add_own(
            state, TRACE_EVENT_SNAPSHOT_CLASS,
            (uint64_t[TRACE_MAX_FIELDS]){i, counts[i].spans, counts[i].live});
        told++;
    }
    add_own(state, TRACE_EVENT_SNAPSHOT_END,
            (uint64_t[TRACE_MAX_FIELDS]){told});
}

// ---- snapshots ----

// The moment, after all that is written so far.
static void set_moment(struct rp_trace_writer *writer, uint64_t time) {
    struct rp_source *ring = rp_trace_writer_rings(writer);

    for (; ring != NULL; ring = ring->next) {
        uint64_t steps = rp_trace_writer_notes(writer, ring)->steps;
        if (steps >= time)
            time = steps + 1;
    }
    if (writer->notes->start > time)
        time = writer->notes->start;
    writer->notes->start = time;
}

static void begin(struct state *state, uint64_t events, uint64_t held) {
    struct rp_trace_writer *writer = state->writer;

    rp_trace_writer_sample_clock(writer);
    rp_encoder_begin(&writer->encoder, UINT64_MAX);
    add_own(
        state, TRACE_EVENT_SNAPSHOT,
        (uint64_t[TRACE_MAX_FIELDS]){++writer->notes->snapshots, events, held});
    if (writer->second == NULL)
        // relaxed: for whoever asks
        store_relaxed(&writer->shared->snapshots, writer->notes->snapshots);
}

static void end(struct state *state) {
    write_block(state);
    state->writer->notes->start++; // for what comes after it
    if (state->writer->second == NULL)
        state->writer->shared->start = state->writer->notes->start;
}

void rp_snapshot_write(struct rp_trace_writer *writer,
                       const struct rp_heap_state *heaps) {
    struct rp_totals *totals = &writer->totals;
    struct state state = {writer, 0};
    struct sum sum = {0, 0};

    set_moment(writer, (heaps->applied - writer->base_ticks) >> writer->shift);
    if (writer->has_state)
        rp_totals_forget(totals);
    writer->has_state = true;
    uint64_t peak_held = totals->peak_held, peak_in_use = totals->peak_in_use;
    uint64_t peak_held_time = totals->peak_held_time;
    uint32_t point_count = totals->point_count;
    rp_heap_state_tell(heaps, add_up, &sum);
    begin(&state, sum.events, sum.held);
    rp_heap_state_tell(heaps, add_event, &state);
    // While it is being told it is not true yet: only what it comes to counts.
    rp_totals_settle(totals, writer->notes->start + 1);
    totals->peak_held = peak_held;
    totals->peak_held_time = peak_held_time;
    totals->peak_in_use = peak_in_use;
    if (totals->held > peak_held) {
        totals->peak_held = totals->held;
        totals->peak_held_time = writer->notes->start;
    }
    if (totals->in_use > peak_in_use)
        totals->peak_in_use = totals->in_use;
    totals->point_count = point_count;
    rp_totals_point(totals, writer->notes->start);
    tell_classes(&state);
    end(&state);
    if (heaps->tables.broken)
        writer->file.error = ENOMEM;
}

void rp_snapshot_note(struct rp_trace_writer *writer, uint64_t time) {
    struct rp_totals *totals = &writer->totals;
    struct state state = {writer, 0};

    set_moment(writer, time);
    rp_totals_settle(totals, writer->notes->start);
    begin(&state, 0, writer->goes_on ? 0 : totals->held);
    if (!writer->goes_on) // else it does not know what was before
        tell_classes(&state);
    end(&state);
}
