// moments.c - held and used bytes: now, when they were at their most, and in
// the mean; and the ratios of the two.
#include "viewer/answer/moments.h"

#include "viewer/answer/state.h"

static double ratio(double held, double used) {
    return used > 0 ? held / used : 0;
}

void moments_fill(struct answer *a) {
    const struct model *whole = &a->state->whole, *now = a->state->now;

    model_moment(now, &a->now);
    a->peak_held = whole->peak_held;
    a->peak_used = whole->peak_used;
    a->now.time_ns = model_ns(now, now->time);
    a->peak_held.time_ns = model_ns(whole, whole->peak_held_time);
    a->peak_used.time_ns = model_ns(whole, whole->peak_used_time);
    for (int i = 0; i < PARTS; i++)
        a->mean_part_bytes[i] = model_mean(now, &now->parts[i]);
    a->mean_held_bytes = model_mean(now, &now->held);
    a->peak_held_bytes = a->peak_held.held_bytes;
    a->peak_used_bytes = a->peak_used.part_bytes[PART_USED];

    a->ratio_now =
        ratio((double)a->now.held_bytes, (double)a->now.part_bytes[PART_USED]);
    a->ratio_at_peak_used =
        ratio((double)a->peak_used.held_bytes, (double)a->peak_used_bytes);
    a->ratio_at_peak_held = ratio((double)a->peak_held_bytes,
                                  (double)a->peak_held.part_bytes[PART_USED]);
    a->ratio_peak_to_peak =
        ratio((double)a->peak_held_bytes, (double)a->peak_used_bytes);
    a->ratio_mean = ratio(a->mean_held_bytes, a->mean_part_bytes[PART_USED]);

    a->allocations = now->allocations;
    a->frees = now->frees;
    a->deferred_frees = now->deferred_frees;
    a->reallocations = now->reallocations;
    a->temporary = now->temporary;
    a->segments = now->segments;
}
