// notes.c - what the trace notes of a time: marks, heap bugs that checks found,
// how much of what is held was in memory, and how many events were lost.
#include "viewer/metric/notes.h"

#include <stdlib.h>

static void mark(struct notes *notes, const struct heap_change *change) {
    if (notes->mark_count == NOTES_MAX_MARKS)
        return;
    notes->marks = pool_grow(notes->pool, notes->marks, notes->mark_count,
                             &notes->mark_capacity, sizeof *notes->marks);
    notes->marks[notes->mark_count++] =
        (struct note_mark){change->time, change->value[0]};
}

static void finding(struct notes *notes, const struct heap_change *change) {
    if (notes->finding_count == NOTES_MAX_FINDINGS)
        return;
    notes->findings =
        pool_grow(notes->pool, notes->findings, notes->finding_count,
                  &notes->finding_capacity, sizeof *notes->findings);
    notes->findings[notes->finding_count++] = (struct note_finding){
        .time = change->time,
        .text = change->value[0],
        .now = heap_stack(change->value[1]),
        .made = heap_stack(change->value[2]),
        .freed = heap_stack(change->value[3]),
        .ring = change->ring,
    };
}

// Notes of one sample have one time.
static void residency(struct notes *notes, const struct heap *heap,
                      const struct heap_change *change) {
    struct note_residency *r = &notes->residency;
    if (r->samples == 0 || r->time != change->time)
        *r = (struct note_residency){.samples = r->samples + 1,
                                     .time = change->time,
                                     .held =
                                         heap->held - heap->bookkeeping_bytes};
    r->mapped += change->value[1];
    r->resident += change->value[2];
}

static void notes_feed(void *metric, const struct metric_context *context,
                       const struct heap_change *changes, size_t count) {
    struct notes *notes = metric;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind != CHANGE_NOTE)
            continue;
        if (change->part == TRACE_EVENT_MARK)
            mark(notes, change);
        else if (change->part == TRACE_EVENT_FINDING)
            finding(notes, change);
        else if (change->part == TRACE_EVENT_RESIDENCY)
            residency(notes, context->heap, change);
        else if (change->part == TRACE_EVENT_LOST)
            notes->lost_events += change->value[0];
    }
}

static void notes_start(void *metric, const struct metric_context *context) {
    struct notes *notes = metric;
    notes->pool = context->pool;
}

static void notes_free(void *metric) {
    struct notes *notes = metric;
    pool_give(notes->pool, notes->marks);
    pool_give(notes->pool, notes->findings);
}

static void notes_save(const void *metric, const struct metric_context *context,
                       struct pack *pack) {
    const struct notes *notes = metric;
    (void)context;
    pack_put_array(pack, notes->marks, notes->mark_count, sizeof *notes->marks);
    pack_put_array(pack, notes->findings, notes->finding_count,
                   sizeof *notes->findings);
    pack_put(pack, &notes->residency, sizeof notes->residency);
    pack_put(pack, &notes->lost_events, sizeof notes->lost_events);
}

static bool notes_restore(void *metric, const struct metric_context *context,
                          struct pack *pack) {
    struct notes *notes = metric;
    (void)context;
    bool whole =
        pack_take_array(pack, notes->pool, (void **)&notes->marks,
                        &notes->mark_count, sizeof *notes->marks) &&
        pack_take_array(pack, notes->pool, (void **)&notes->findings,
                        &notes->finding_count, sizeof *notes->findings) &&
        pack_take(pack, &notes->residency, sizeof notes->residency) &&
        pack_take(pack, &notes->lost_events, sizeof notes->lost_events);
    notes->mark_capacity = notes->mark_count;
    notes->finding_capacity = notes->finding_count;
    return whole && notes->mark_count <= NOTES_MAX_MARKS &&
           notes->finding_count <= NOTES_MAX_FINDINGS;
}

const struct metric notes_metric = {
    .key = "notes",
    .kinds = CHANGE_SET(CHANGE_NOTE),
    .start = notes_start,
    .feed = notes_feed,
    .free = notes_free,
    .save = notes_save,
    .restore = notes_restore,
};
