// history_hold.c - who holds a span, block or segment whose history is watched.
#include "viewer/answer/history_hold.h"

static const uint64_t of_span = UINT64_C(1) << 63; // ids of no block

static enum holder_kind wanted_holder(const struct history_watch *w,
                                      const struct watched_span *span) {
    switch (span->place) {
    case SPAN_IN_HEAP:
        return span->live > 0 ? hold_is_by_blocks(w) ? HOLDER_NONE : HOLDER_USE
               : span->deferred > 0 ? HOLDER_WAITS
                                    : HOLDER_EMPTY;
    case SPAN_IN_THREAD:
        return HOLDER_THREAD_CACHE;
    case SPAN_IN_GLOBAL:
        return HOLDER_GLOBAL_CACHE;
    default:
        return HOLDER_NONE;
    }
}

static uint64_t id_of(uint32_t span, uint8_t kind) {
    return of_span | (uint64_t)kind << 32 | span;
}

// What holds the span beside its blocks, as it is now. The new one begins
// before the old one ends.
void hold_span(struct history_watch *w, uint32_t number, uint64_t time) {
    struct watched_span *span = &w->spans[number - w->first];
    uint8_t kind = (uint8_t)wanted_holder(w, span), before = span->holder;
    if (kind == before || w->subject.kind == SUBJECT_BLOCK || w->telling)
        return;
    const struct holder_facts facts = {.kind = kind,
                                       .span = number,
                                       .block = SLOT_NEVER,
                                       .heap = span->heap,
                                       .ring = SLOT_NEVER,
                                       .stack = SLOT_NEVER};
    if (kind != HOLDER_NONE)
        holders_begin(&w->holders, id_of(number, kind), &facts, time);
    if (before != HOLDER_NONE)
        holders_end(&w->holders,
                    holders_find(&w->holders, id_of(number, before)), time);
    span->holder = kind;
}

void hold_end_last_life(struct history_watch *w) {
    holders_end(&w->holders, w->last_life, w->last_life_end);
    w->last_life = NULL;
}

void hold_begin_life(struct history_watch *w,
                     const struct heap_change *change) {
    const struct holder_facts facts = {
        .kind = HOLDER_BLOCK,
        .span = change->span,
        .block = change->block,
        .heap = w->spans[change->span - w->first].heap,
        .ring = change->ring,
        .stack = change->stack,
        .state = w->state,
        .bytes = change->wanted};
    if (!hold_is_by_blocks(w) || !hold_is_of_block(w, change->block))
        return;
    holders_begin(&w->holders, change->block, &facts, change->birth);
    hold_end_last_life(w);
}

void hold_end_life(struct history_watch *w, uint32_t block, uint64_t time) {
    struct holder *holder = holders_find(&w->holders, block);
    if (!hold_is_by_blocks(w) || !hold_is_of_block(w, block) || !holder)
        return;
    if (w->subject.kind == SUBJECT_BLOCK) {
        hold_end_last_life(w);
        w->last_life = holder;
        w->last_life_end = time;
    } else {
        holders_end(&w->holders, holder, time);
    }
}

// The blocks of a span that live already, the oldest first.
void hold_begin_blocks(struct history_watch *w, const struct span *span) {
    for (uint64_t after = 0;;) {
        uint64_t first = SLOT_FREE;
        for (uint32_t i = 0; i < span->touched; i++)
            if (span->slots[i].birth >= after && span->slots[i].birth < first)
                first = span->slots[i].birth;
        if (first == SLOT_FREE)
            return;
        for (uint32_t i = 0; i < span->touched; i++)
            if (span->slots[i].birth == first)
                hold_begin_life(
                    w, &(struct heap_change){.span = span->number,
                                             .block = i,
                                             .ring = SLOT_NEVER,
                                             .birth = first,
                                             .stack = span->slots[i].stack,
                                             .wanted = span_wanted(span, i)});
        after = first + 1;
    }
}
