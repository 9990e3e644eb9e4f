// replay.c - telling an observer that came late what is there.
//
// The observer of a forked child learns the heap's past as if it had just come
// about. Threads of the parent that are not in the child may have been in the
// middle of anything; what they had in hand counts as in use.
#include "core/api/walk.h"
#include "core/base/bits.h"
#include "core/heap/census.h"
#include "core/hook.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/huge_kept.h"
#include "core/span/block_set.h"
#include "core/span/deferred.h"
#include "core/span/sparse.h"
#include "core/thread/registry.h"

struct replay {
    void (*blocks)(const struct rp_past *past, void *context);
    void *context;
};

static enum rp_span_state span_state(const struct span *span, int is_active) {
    if (is_active)
        return RP_SPAN_ACTIVE;
    return (span_flags(span) & SPAN_FULL) != 0 ? RP_SPAN_FULL : RP_SPAN_PARTIAL;
}

static void replay_set(const struct span *span, const struct block_set *free,
                       const struct block_set *deferred,
                       const struct replay *replay) {
    struct rp_past past = {.span = span->number};

    for (uint32_t first = 0; first < span->capacity; first += 64) {
        uint32_t left = span->capacity - first;
        past.first = first;
        past.in_use =
            ~free->words[first / 64] & bit_run(0, left < 64 ? left : 64);
        past.deferred = deferred->words[first / 64] & past.in_use;
        if (past.in_use != 0)
            replay->blocks(&past, replay->context);
    }
}

static void replay_blocks(const struct span *span,
                          const struct replay *replay) {
    const struct heap *heap = span_heap(span);
    int is_active = heap->active[span->class_index] == span;
    struct block_set free = {{0}};
    struct block_set deferred = {{0}};

    rp_on_span_acquire(span->number, 1, span->heap_number, span->class_index,
                       RP_PLACE_SEGMENT);
    rp_on_span_state(span->number, span_state(span, is_active));
    rp_sparse_replay(span);
    rp_census_add_free(span, &free);
    // acquire [deferred]: every b->next
    uint32_t head = load_acquire(&span->deferred);
    if (deferred_place(head) == DEFERRED_GONE)
        rp_sparse_tell_gone(span);
    if (head != 0 && deferred_first(span, head) == NULL)
        for (uint32_t i = 0; i < span->capacity; ++i)
            block_set_add(&deferred, i);
    block_set_add_list(&deferred, span, deferred_first(span, head));
    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        const struct heap *other = rp_registry_heap(i);
        const struct outgoing_chain *chain =
            other != NULL ? outgoing_find(&other->outgoing, span) : NULL;
        if (chain != NULL)
            block_set_add_list(&deferred, span, chain->first);
    }
    replay_set(span, &free, &deferred, replay);
}

static void replay_run(const struct span *span, void *context) {
    const struct replay *replay = context;
    uintptr_t flags = span_flags(span);

    if ((flags & SPAN_EMPTY) != 0) {
        rp_on_span_transfer(span->number, span->run, span->heap_number,
                            RP_PLACE_SEGMENT, RP_PLACE_THREAD_CACHE);
        return;
    }
    if ((flags & (SPAN_LARGE | SPAN_HUGE)) == 0) {
        replay_blocks(span, replay);
        return;
    }
    if ((flags & SPAN_LARGE) != 0)
        rp_on_span_acquire(span->number, span->run, span->heap_number,
                           RP_CLASS_LARGE, RP_PLACE_SEGMENT);
    // relaxed: there is only this thread.
    struct rp_past past = {.span = span->number,
                           .in_use = 1,
                           .deferred = load_relaxed(&span->deferred) != 0};
    replay->blocks(&past, replay->context);
}

static void replay_segment(struct segment *segment, void *context) {
    uint32_t number = segment->slot * SEGMENT_SPANS;
    // relaxed, all of them: there is only this thread.
    uint64_t all = load_relaxed(&segment->all);
    uint64_t free = load_relaxed(&segment->free);
    uint64_t dirty = free & load_relaxed(&segment->dirty);
    uint64_t gone = free & load_relaxed(&segment->decommitted);

    if (huge_kept_is(segment)) {
        rp_on_bookkeeping_map(segment->memory, segment->bytes);
        return;
    }
    // A thread that vanished at a fork may have left a slot without a header,
    // or one whose memory it was unmapping.
    const char *first = segment_first(segment);
    if (first == NULL)
        return;
    if (all == 0)
        rp_on_huge_map(RP_HUGE_BIT | segment->slot, segment->memory,
                       segment->bytes);
    else
        rp_on_segment_map(segment->slot, segment->memory, segment->bytes, first,
                          count_bits(all));
    for (; dirty != 0; dirty &= dirty - 1)
        rp_on_span_transfer(number + lowest_bit(dirty), 1, RP_NO_HEAP,
                            RP_PLACE_SEGMENT, RP_PLACE_GLOBAL_CACHE);
    for (; gone != 0; gone &= gone - 1)
        rp_on_span_decommit(number + lowest_bit(gone), 0, SPAN_BYTES);
    rp_walk_runs(segment, replay_run, context);
}

void rp_replay(void (*blocks)(const struct rp_past *past, void *context),
               void *context) {
    struct replay replay = {blocks, context};

    rp_bookkeeping_replay();
    for (uint32_t i = 0; i < rp_registry_count(); ++i)
        rp_on_heap_create(i);
    rp_segment_table_each(replay_segment, &replay);
}
