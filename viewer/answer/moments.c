// moments.c - held and used bytes: now, when they were at their most, and in
// the mean; and the ratios of the two.
#include "viewer/answer/moments.h"

#include "viewer/answer/state.h"

static double ratio(double held, double used) {
    return used > 0 ? held / used : 0;
}

static void fill_moment(struct moment *moment, const struct instant *instant,
                        const struct heap *heap) {
    instant_moment(instant, moment);
    moment->time_ns = heap_ns(heap, instant->time);
}

static void fill_part(struct answer *a, enum part part) {
    a->parts[part] = (struct answer_part){
        .key = answer_part_key(part),
        .name = answer_part_name(part),
        .meaning = answer_part_meaning(part),
        .cure = answer_part_cure(part),
        .now_bytes = a->now.part_bytes[part],
        .peak_held_bytes = a->peak_held.part_bytes[part],
        .peak_used_bytes = a->peak_used.part_bytes[part],
        .mean_bytes =
            a->mean_part_bytes[part] > 0 ? a->mean_part_bytes[part] : 0};
}

void moments_fill(struct answer *a) {
    const struct replay *whole = &a->state->of->whole, *now = a->state->now;
    const struct sums *sums = &now->metrics.sums;
    const struct peaks *peaks = &whole->metrics.sums.peaks;

    fill_moment(&a->now, &sums->now, &now->heap);
    fill_moment(&a->peak_held, &peaks->held, &whole->heap);
    fill_moment(&a->peak_used, &peaks->used, &whole->heap);
    for (int i = 0; i < PARTS; i++)
        a->mean_part_bytes[i] = sums_mean_part(sums, (enum part)i);
    a->mean_held_bytes = sums_mean_held(sums);
    a->peak_held_bytes = a->peak_held.held_bytes;
    const struct trace_tables *tables = &a->state->tables;
    if (a->unread_share > 0 && tables->has_trailer &&
        tables->trailer.peak_held_bytes > a->peak_held_bytes)
        a->peak_held_bytes = tables->trailer.peak_held_bytes;
    a->peak_used_bytes = a->peak_used.part_bytes[PART_USED];
    for (enum part part = 0; part < PARTS; part++)
        fill_part(a, part);

    a->ratio_now =
        ratio((double)a->now.held_bytes, (double)a->now.part_bytes[PART_USED]);
    a->ratio_at_peak_used =
        ratio((double)a->peak_used.held_bytes, (double)a->peak_used_bytes);
    a->ratio_at_peak_held = ratio((double)a->peak_held_bytes,
                                  (double)a->peak_held.part_bytes[PART_USED]);
    a->ratio_peak_to_peak =
        ratio((double)a->peak_held_bytes, (double)a->peak_used_bytes);
    a->ratio_mean = ratio(a->mean_held_bytes, a->mean_part_bytes[PART_USED]);

    const struct stacks *stacks = &now->metrics.stacks;
    for (size_t i = 0; i < stacks->count; i++) {
        a->allocations += stacks->list[i].allocations;
        a->frees += stacks->list[i].frees;
        a->temporary += stacks->list[i].temporary;
    }
    a->deferred_frees = now->metrics.classes.deferred_frees;
    a->reallocations = sums->reallocations;
    a->segments = sums->segments;
}
