// tables.c - classes, heaps, threads, timeline, marks, snapshots.
#include "viewer/answer/tables.h"

#include <stdlib.h>

#include "viewer/answer/state.h"
#include "viewer/base/memory.h"
#include "viewer/heap/parts.h"

enum { RECORDER_RING = 0 }; // of the recorder's own events

struct span_counts {
    struct answer *answer;
    const struct model *model;
    struct answer_class classes[256];
    struct answer_heap *heaps;
    size_t heap_count, heap_capacity;
};

static struct answer_heap *heap_of(struct span_counts *counts,
                                   uint32_t number) {
    // The numbers are dense; what is far beyond the known heaps is no heap.
    if (number > counts->model->heap_count + 4096)
        number = 0;
    while (counts->heap_count <= number) {
        counts->heaps =
            memory_grow(counts->heaps, counts->heap_count,
                        &counts->heap_capacity, sizeof *counts->heaps);
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
    parts_of_span(span, counts->model->header_bytes, parts);
    for (uint32_t i = 0; span->block_bytes > 0 && i < span->blocks; i++)
        if (span->slots[i].birth != SLOT_FREE) {
            parts[PART_USED] += span->slots[i].wanted;
            parts[PART_ROUNDING] +=
                (int64_t)span->block_bytes - span->slots[i].wanted;
        }
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
    const struct model *model = a->state->now;
    a->classes = memory_get(256 * sizeof *a->classes);
    for (uint32_t i = 0; i < 256; i++) {
        struct answer_class *class = &counts->classes[i];
        if (class->spans == 0 && model->classes[i].allocations == 0)
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
        class->allocations = model->classes[i].allocations;
        class->frees = model->classes[i].frees;
        class->peak_live_blocks = model->classes[i].peak_live;
        a->classes[a->class_count++] = *class;
    }
}

static void fill_heaps(struct answer *a, struct span_counts *counts) {
    const struct model *model = a->state->now;
    for (size_t i = 0; i < model->heap_count; i++)
        if (model->heaps[i].known)
            heap_of(counts, (uint32_t)i);
    for (size_t i = 0; i < counts->heap_count; i++) {
        struct answer_heap *heap = &counts->heaps[i];
        bool known = i < model->heap_count && model->heaps[i].known;
        if (!known && heap->held_bytes == 0)
            continue;
        if (known) {
            heap->orphan = model->heaps[i].orphan;
            heap->thread =
                state_thread_name(a->state, model, model->heaps[i].thread);
            if (model->heaps[i].thread < model->ring_count)
                heap->thread_id =
                    model->rings[model->heaps[i].thread].thread_id;
        }
        counts->heaps[a->heap_count++] = *heap;
    }
    a->heaps = counts->heaps;
}

static void fill_threads(struct answer *a) {
    const struct model *model = a->state->now;
    a->threads = memory_get(model->ring_count * sizeof *a->threads);
    for (size_t i = 0; i < model->ring_count; i++) {
        const struct model_ring *ring = &model->rings[i];
        if (ring->number == RECORDER_RING ||
            (ring->allocations == 0 && ring->frees == 0 &&
             ring->thread_id == 0))
            continue; // no thread of the program
        a->threads[a->thread_count++] = (struct answer_thread){
            .ring = ring->number,
            .thread_id = ring->thread_id,
            .name = state_thread_name(a->state, model, (uint32_t)i),
            .start_ns = model_ns(model, ring->first_time),
            .end_ns = model_ns(model, ring->last_time),
            .events = ring->events,
            .allocations = ring->allocations,
            .allocated_bytes = ring->allocated_bytes,
            .frees = ring->frees,
            .deferred_frees = ring->deferred_frees};
    }
}

static void fill_timeline(struct answer *a) {
    const struct model *model = &a->state->whole;
    a->points = timeline_points(model, &a->point_count);
    a->marks = memory_get(model->mark_count * sizeof *a->marks);
    for (size_t i = 0; i < model->mark_count; i++) {
        const char *text = trace_text(&a->state->tables, model->marks[i].text);
        a->marks[a->mark_count++] = (struct answer_mark){
            model_ns(model, model->marks[i].time), text ? text : "?"};
    }
    const struct model_residency *sample = &a->state->now->residency;
    a->residency =
        (struct answer_residency){.samples = sample->samples,
                                  .time_ns = model_ns(model, sample->time),
                                  .held_bytes = sample->held,
                                  .mapped_bytes = sample->mapped,
                                  .resident_bytes = sample->resident};
    a->snapshots = memory_get(model->snapshot_count * sizeof *a->snapshots);
    for (size_t i = 0; i < model->snapshot_count; i++) {
        const struct model_snapshot *from = &model->snapshots[i];
        a->snapshots[a->snapshot_count++] =
            (struct answer_snapshot){.number = from->number,
                                     .time_ns = model_ns(model, from->time),
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

void tables_fill(struct answer *a) {
    struct span_counts *counts = memory_zeroed(1, sizeof *counts);
    counts->answer = a;
    counts->model = a->state->now;
    spans_each(&a->state->now->spans, count_span, counts);
    fill_classes(a, counts);
    fill_heaps(a, counts);
    free(counts);
    fill_threads(a);
    fill_timeline(a);
}
