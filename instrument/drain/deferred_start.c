// deferred_start.c - see deferred_start.h.
#include "instrument/drain/deferred_start.h"

#include "instrument/drain/merge.h"
#include "instrument/drain/pass.h"
#include "instrument/drain/snapshot.h"
#include "instrument/write/threads.h"

#include <errno.h>

// How much of a ring may be kept. Of time, as much as leaves its producer the
// half for which it asks nobody; of a size, more, as that is what is bought.
enum { EIGHTHS = 3, BUSY_EIGHTHS = 6 };

// Now, in ticks; or the moment that a snapshot is asked of, so that nothing
// passes it.
static uint64_t now_or_moment(const struct rp_trace_writer *writer) {
    uint64_t now = rp_own_now(writer->shm), moment;

    // In this order: what is asked later is later.
    return rp_own_is_moment(writer->shm, &moment) && (int64_t)(moment - now) < 0
               ? moment
               : now;
}

static bool merge(struct rp_deferred_start *start,
                  struct rp_trace_writer *writer,
                  const struct rp_merge_to *to) {
    bool found = rp_merge(start->heaps, writer->shm, to);

    if (start->heaps->tables.broken)
        writer->file.error = ENOMEM;
    return found;
}

// ---- while it is paused ----

// The ticks at the last look before the newest event of any ring came. So as
// long as nothing happens, as after a death that nobody has noticed, it stays.
static uint64_t newest(struct rp_deferred_start *start,
                       const struct rp_trace_writer *writer, uint64_t now) {
    struct rp_source *ring = rp_trace_writer_rings(writer);
    uint64_t heads = 0;

    for (; ring != NULL; ring = ring->next)
        heads += rp_source_head(ring);
    if (heads != start->heads)
        start->newest = start->looked;
    start->heads = heads;
    start->looked = now;
    return start->newest;
}

// How far the state is to come.
static struct rp_merge_to how_far(struct rp_deferred_start *start,
                                  const struct rp_trace_writer *writer) {
    const struct rp_shared *shared = writer->shared;
    uint64_t base = writer->base_ticks, cut = base;
    uint64_t ns = rp_trace_writer_ns(writer), now = now_or_moment(writer);

    if (!rp_shared_keeps_last(shared))
        return (struct rp_merge_to){.least = now, .cut = now};
    if (shared->last_bytes != 0)
        return (struct rp_merge_to){
            .least = rp_merge_cut(writer->shm, base, BUSY_EIGHTHS),
            .cut = now,
            .kept = shared->last_bytes / sizeof(struct rp_slot)};
    uint64_t end = newest(start, writer, now);
    double kept =
        (double)(now - base) / (double)(ns + 1) * (double)shared->last_ns;
    if (end > base && (double)(end - base) > kept)
        cut = end - (uint64_t)kept;
    cut = rp_merge_cut(writer->shm, cut, EIGHTHS);
    return (struct rp_merge_to){.least = cut, .cut = cut};
}

bool rp_deferred_start_follow(struct rp_deferred_start *start,
                              struct rp_trace_writer *writer) {
    struct rp_merge_to to = how_far(start, writer);

    return merge(start, writer, &to);
}

void rp_deferred_start_follow_to(struct rp_deferred_start *start,
                                 struct rp_trace_writer *writer, uint64_t cut) {
    struct rp_merge_to to = {.least = cut, .cut = cut};

    merge(start, writer, &to);
}

void rp_deferred_start_resume(struct rp_deferred_start *start,
                              struct rp_trace_writer *writer) {
    struct rp_shared *shared = writer->shared;

    if (start->heaps == NULL)
        return;
    rp_deferred_start_follow(start, writer);
    rp_snapshot_write(writer, start->heaps);
    if (rp_shared_keeps_last(shared)) {
        rp_kept_marks_write(&start->marks, writer);
        rp_heap_state_free(start->heaps);
        start->heaps = NULL;
    }
    store_relaxed(&shared->paused, 0); // relaxed: for whoever comes after me
}

// ---- while it is not ----

void rp_deferred_start_step_to(struct rp_deferred_start *start,
                               struct rp_trace_writer *writer, uint64_t cut) {
    struct rp_merge_to to = {.least = cut, .cut = cut, .written = true};

    rp_pass_copy_to(writer, cut);
    merge(start, writer, &to);
    rp_totals_settle(&writer->totals,
                     (cut - writer->base_ticks) >> writer->shift);
}

bool rp_deferred_start_step(struct rp_deferred_start *start,
                            struct rp_trace_writer *writer, bool all,
                            const uint64_t *cut) {
    struct rp_source *ring = rp_trace_writer_rings(writer);
    uint64_t ns = rp_trace_writer_ns(writer);
    bool due = all || ns - start->stepped_ns > RP_PASS_HOLD_NS, found = false;

    for (; ring != NULL; ring = ring->next) {
        uint64_t pending = rp_source_head(ring) - ring->mark.tail;
        found |= pending > 0;
        due |= pending > rp_source_room(ring) / 8 * 3;
    }
    if (due && found) {
        start->stepped_ns = ns;
        rp_deferred_start_step_to(start, writer,
                                  cut != NULL ? *cut : now_or_moment(writer));
    }
    return found;
}

void rp_deferred_start_pause(struct rp_deferred_start *start,
                             struct rp_trace_writer *writer) {
    rp_deferred_start_step_to(start, writer, rp_own_now(writer->shm));
    rp_threads_tell(writer, true);
    rp_totals_settle(&writer->totals, UINT64_MAX);
    rp_trace_writer_tell(writer, TRACE_EVENT_PAUSE, writer->totals.held, 0);
    rp_trace_writer_sample_clock(writer);
    // relaxed: for whoever comes after me
    store_relaxed(&writer->shared->paused, 1);
}
