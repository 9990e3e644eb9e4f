// tables.c - classes, heaps, threads, timeline, marks, snapshots.
#include "viewer/answer/tables.h"

#include <stdlib.h>

#include "viewer/answer/state.h"
#include "viewer/heap/parts.h"

enum { RECORDER_RING = 0 }; // of the recorder's own events

struct span_counts {
    struct answer *answer;
    const struct replay *now;
    struct answer_class classes[256];
    struct answer_heap *heaps;
    size_t heap_count, heap_capacity;
};

static struct answer_heap *heap_of(struct span_counts *counts,
                                   uint32_t number) {
    // The numbers are dense; what is far beyond the known heaps is no heap.
    if (number > counts->now->metrics.threads.heap_count + 4096)
        number = 0;
    while (counts->heap_count <= number) {
        counts->heaps = pool_grow(&counts->answer->state->pool, counts->heaps,
                                  counts->heap_count, &counts->heap_capacity,
                                  sizeof *counts->heaps);
        counts->heaps[counts->heap_count] =
            (struct answer_heap){.number = (uint32_t)counts->heap_count};
        counts->heap_count++;
    }
    return &counts->heaps[number];
}

// ANSWER_FULLNESS_BINS: see answer_class.fullness.
static int fullness_bin(uint32_t live, uint32_t blocks) {
    if (live == blocks)
        return 6;
    if (live == 1)
        return 0;
    uint64_t percent = (uint64_t)live * 100;
    return percent <= (uint64_t)blocks * 10   ? 1
           : percent <= (uint64_t)blocks * 25 ? 2
           : percent <= (uint64_t)blocks * 50 ? 3
           : percent <= (uint64_t)blocks * 75 ? 4
                                              : 5;
}

static void count_span(struct span *span, void *context) {
    struct span_counts *counts = context;
    if (span->place == SPAN_IN_THREAD) {
        struct answer_heap *heap = heap_of(counts, span->heap);
        heap->cache_bytes += span->bytes - span->decommitted;
        heap->held_bytes += span->bytes - span->decommitted;
        return;
    }
    if (span->place != SPAN_IN_HEAP)
        return;
    struct answer_class *class = &counts->classes[span->class_index];
    int64_t parts[PARTS];
    parts_of_span(span, counts->now->heap.header_bytes, parts);
    int64_t held = 0;
    for (int i = 0; i < PARTS; i++)
        held += parts[i];
    class->spans += span->run;
    class->live_blocks += span->live;
    class->deferred_blocks += span->deferred;
    class->used_bytes += (uint64_t)parts[PART_USED];
    class->rounding_bytes += (uint64_t)parts[PART_ROUNDING];
    if (parts[PART_SPAN_FREE] > 0)
        class->free_bytes += (uint64_t)parts[PART_SPAN_FREE];
    bool in_use = span->live + span->deferred > 0;
    if (in_use)
        counts->answer->spans_used += span->run;
    else
        class->empty_spans += span->run;
    if (span->live > 0 && span->block_bytes > 0) {
        class->part_spans += span->live < span->blocks;
        class->fullness[fullness_bin(span->live, span->blocks)]++;
    }
    if (span->class_index == TRACE_CLASS_HUGE)
        return; // of no heap
    struct answer_heap *heap = heap_of(counts, span->heap);
    heap->used_bytes += (uint64_t)parts[PART_USED];
    heap->held_bytes += held > 0 ? (uint64_t)held : 0;
    heap->deferred_bytes += (uint64_t)parts[PART_DEFERRED];
    heap->free_bytes +=
        parts[PART_SPAN_FREE] > 0 ? (uint64_t)parts[PART_SPAN_FREE] : 0;
    heap->spans += in_use ? span->run : 0;
}

static void fill_classes(struct answer *a, struct span_counts *counts) {
    const struct class_counts *list = a->state->now->metrics.classes.list;
    a->classes = pool_get(&a->state->pool, 256 * sizeof *a->classes);
    for (uint32_t i = 0; i < 256; i++) {
        struct answer_class *class = &counts->classes[i];
        if (class->spans == 0 && list[i].allocations == 0)
            continue;
        class->index = i;
        if (i < a->state->tables.class_count) {
            class->block_bytes = a->state->tables.classes[i].block_bytes;
            class->blocks_per_span =
                a->state->tables.classes[i].blocks_per_span;
            uint64_t used = class->spans - class->empty_spans;
            uint64_t needed = (class->live_blocks + class->deferred_blocks +
                               class->blocks_per_span - 1) /
                              class->blocks_per_span;
            class->compactable_spans = used > needed ? used - needed : 0;
        }
        class->allocations = list[i].allocations;
        class->frees = list[i].frees;
        class->peak_live_blocks = list[i].peak_live;
        a->classes[a->class_count++] = *class;
    }
}

static void fill_heaps(struct answer *a, struct span_counts *counts) {
    const struct threads *threads = &a->state->now->metrics.threads;
    for (size_t i = 0; i < threads->heap_count; i++)
        if (threads->heaps[i].known)
            heap_of(counts, (uint32_t)i);
    for (size_t i = 0; i < counts->heap_count; i++) {
        struct answer_heap *heap = &counts->heaps[i];
        const struct heap_owner *owner =
            i < threads->heap_count && threads->heaps[i].known
                ? &threads->heaps[i]
                : NULL;
        if (!owner && heap->held_bytes == 0)
            continue;
        if (owner) {
            heap->orphan = owner->orphan;
            heap->name = trace_text(&a->state->tables, owner->name);
            heap->thread = state_thread_name(a->state, threads, owner->thread);
            if (owner->thread < threads->count)
                heap->thread_id = threads->list[owner->thread].thread_id;
        }
        counts->heaps[a->heap_count++] = *heap;
    }
    a->heaps = counts->heaps;
}

static void fill_threads(struct answer *a) {
    const struct threads *threads = &a->state->now->metrics.threads;
    const struct heap *heap = &a->state->now->heap;
    a->threads = pool_get(&a->state->pool, threads->count * sizeof *a->threads);
    for (size_t i = 0; i < threads->count; i++) {
        const struct thread_counts *from = &threads->list[i];
        if (from->ring == RECORDER_RING ||
            (from->allocations == 0 && from->frees == 0 &&
             from->thread_id == 0))
            continue; // no thread of the program
        a->threads[a->thread_count++] = (struct answer_thread){
            .ring = from->ring,
            .thread_id = from->thread_id,
            .name = state_thread_name(a->state, threads, (uint32_t)i),
            .start_ns = heap_ns(heap, from->first_time),
            .end_ns = heap_ns(heap, from->last_time),
            .events = from->events,
            .allocations = from->allocations,
            .allocated_bytes = from->allocated_bytes,
            .frees = from->frees,
            .deferred_frees = from->deferred_frees};
    }
}

static void fill_notes(struct answer *a) {
    const struct heap *heap = &a->state->of->whole.heap;
    const struct notes *notes = &a->state->of->whole.metrics.notes;
    a->marks = pool_get(&a->state->pool, notes->mark_count * sizeof *a->marks);
    for (size_t i = 0; i < notes->mark_count; i++) {
        const char *text = trace_text(&a->state->tables, notes->marks[i].text);
        a->marks[a->mark_count++] = (struct answer_mark){
            heap_ns(heap, notes->marks[i].time), text ? text : "?"};
    }
    const struct note_residency *sample =
        &a->state->now->metrics.notes.residency;
    a->residency =
        (struct answer_residency){.samples = sample->samples,
                                  .time_ns = heap_ns(heap, sample->time),
                                  .held_bytes = sample->held,
                                  .mapped_bytes = sample->mapped,
                                  .resident_bytes = sample->resident};
}

static void fill_snapshots(struct answer *a) {
    const struct heap *heap = &a->state->of->whole.heap;
    const struct snapshots *all = &a->state->of->whole.metrics.snapshots;
    a->snapshots = pool_get(&a->state->pool, all->count * sizeof *a->snapshots);
    for (size_t i = 0; i < all->count; i++) {
        const struct snapshot *from = &all->list[i];
        a->snapshots[a->snapshot_count++] =
            (struct answer_snapshot){.number = from->number,
                                     .time_ns = heap_ns(heap, from->time),
                                     .has_state = from->has_state,
                                     .missing = from->missing,
                                     .held_bytes = from->held,
                                     .told_held_bytes = from->told_held,
                                     .used_bytes = from->used,
                                     .live_blocks = from->live_blocks,
                                     .checked = from->checked,
                                     .mismatches = from->mismatches};
    }
}

// What the recorder has told of the part that was not read yet: no parts of
// what is held.
static void add_told_points(struct answer *a) {
    const struct trace_tables *tables = &a->state->tables;
    size_t count = tables->has_trailer ? tables->trailer.point_count : 0;
    a->points = pool_resize(&a->state->pool, a->points, a->point_count + count,
                            sizeof *a->points);
    for (size_t i = 0; i < count; i++) {
        const struct trace_point *from = &tables->points[i];
        uint64_t ns = trace_clock_ns(tables, from->time);
        if (a->point_count > 0 && ns <= a->points[a->point_count - 1].time_ns)
            continue;
        a->points[a->point_count++] =
            (struct timeline_point){.time_ns = ns,
                                    .used_bytes = from->in_use_bytes,
                                    .used_max = from->in_use_bytes,
                                    .used_min = from->in_use_bytes,
                                    .held_bytes = from->held_bytes,
                                    .held_max = from->held_bytes,
                                    .held_min = from->held_bytes};
    }
}

void tables_fill(struct answer *a) {
    struct span_counts *counts =
        pool_zeroed(&a->state->pool, 1, sizeof *counts);
    counts->answer = a;
    counts->now = a->state->now;
    spans_each(&a->state->now->heap.spans, count_span, counts);
    fill_classes(a, counts);
    fill_heaps(a, counts);
    pool_give(&a->state->pool, counts);
    fill_threads(a);
    a->points = timeline_points(&a->state->of->whole.metrics.sums.timeline,
                                &a->state->of->whole.heap, &a->state->pool,
                                &a->point_count);
    a->read_points = a->point_count;
    if (a->unread_share > 0)
        add_told_points(a);
    fill_notes(a);
    fill_snapshots(a);
}
