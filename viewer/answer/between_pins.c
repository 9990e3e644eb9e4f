// between_pins.c - what the blocks of call sites pinned at two moments, and in
// the mean between them.
//
// The share is that of pins.h. Where a filter lets only some blocks pass, it is
// asked for sites that pass as a whole, or not at all.
#include "viewer/answer/between_rows.h"
#include "viewer/answer/state.h"

struct sharing {
    struct between_rows *rows;
    const struct replay *of;
};

static double *share_of(const struct sharing *s, uint32_t stack) {
    struct answer_between *site = between_site(s->rows, s->of, stack);
    return s->of == s->rows->later ? &site->share_after : &site->share_before;
}

static void share_span(struct span *span, void *context) {
    const struct sharing *s = context;
    double pinned = (double)span_pinned(span);
    if (span->place != SPAN_IN_HEAP || pinned <= 0)
        return;
    for (uint32_t i = 0; span->saved && i < span->share_count; i++)
        *share_of(s, span->shares[i].stack) +=
            pinned * span->shares[i].blocks / span->live;
    for (uint32_t i = 0; !span->saved && i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE)
            *share_of(s, span->slots[i].stack) += pinned / span->live;
}

// What the stacks had of it since the start, in bytes times steps.
static void add_over_time(struct between_rows *b, const struct replay *of,
                          double sign) {
    const struct metrics *metrics = &of->metrics;
    struct pool *pool = &b->answer->state->pool;
    double *sums = pool_get(pool, metrics->stacks.count * sizeof *sums);
    pins_over_time_read(&metrics->pins_over_time, &metrics->context, sums);
    for (size_t i = 0; i < metrics->stacks.count; i++)
        between_site(b, of, metrics->stacks.list[i].node)->share_mean +=
            sign * sums[i];
    pool_give(pool, sums);
}

void between_pins(struct between_rows *b) {
    uint64_t steps = b->later->heap.time - b->earlier->heap.time;
    spans_each(&b->earlier->heap.spans, share_span,
               &(struct sharing){b, b->earlier});
    spans_each(&b->later->heap.spans, share_span,
               &(struct sharing){b, b->later});
    add_over_time(b, b->earlier, -1);
    add_over_time(b, b->later, 1);
    for (size_t i = 0; i <= b->site_count; i++) {
        struct answer_between *site = &b->sites[i];
        site->share_mean =
            steps > 0 ? site->share_mean / (double)steps : site->share_after;
        if (site->share_mean < 0) // of rounding
            site->share_mean = 0;
        site->share_growth = (int64_t)(site->share_after + 0.5) -
                             (int64_t)(site->share_before + 0.5);
    }
}
