// history_watch.c - sees what happens to one span, block or segment, change by
// change, and who holds it.
#include "viewer/answer/history_watch.h"

#include <string.h>

void history_watch_start(struct history_watch *w, struct pool *pool,
                         const struct subject *subject, uint32_t first,
                         uint32_t count, uint64_t since, size_t most) {
    *w = (struct history_watch){.pool = pool,
                                .subject = *subject,
                                .first = first,
                                .count = count,
                                .since = since,
                                .most = most};
    w->spans = pool_zeroed(pool, count, sizeof *w->spans);
    holders_start(&w->holders, pool);
}

// ---- what is listed ----

static void list(struct history_watch *w, const struct happening *happening) {
    if (happening->time < w->since)
        return;
    if (w->happened < w->most)
        w->list = pool_grow(w->pool, w->list, (size_t)w->happened, &w->capacity,
                            sizeof *w->list);
    w->list[w->happened++ % w->most] = *happening;
}

static struct happening happening_of(const struct heap_change *change,
                                     enum happening_kind kind) {
    return (struct happening){.time = change->time,
                              .event = change->event,
                              .span = change->span,
                              .block = SLOT_NEVER,
                              .ring = change->ring,
                              .stack = SLOT_NEVER,
                              .count = 1,
                              .kind = (uint8_t)kind};
}

static void list_block(struct history_watch *w,
                       const struct heap_change *change,
                       enum happening_kind kind, uint32_t live) {
    struct happening h = happening_of(change, kind);
    if (!hold_is_of_block(w, change->block))
        return;
    h.block = change->block;
    h.birth = change->birth;
    h.bytes = change->wanted;
    h.stack = change->stack;
    h.heap = w->spans[change->span - w->first].heap;
    h.live = live;
    list(w, &h);
}

// ---- changes of blocks ----

static void resized(struct history_watch *w, const struct heap_change *change) {
    struct holder *holder =
        hold_is_by_blocks(w) ? holders_find(&w->holders, change->block) : NULL;
    list_block(w, change, HAPPENING_RESIZED, change->live + 1);
    if (!holder || !hold_is_of_block(w, change->block))
        return;
    holder->facts.bytes = change->wanted;
    holder->facts.stack = change->stack;
    holder->facts.ring = change->ring;
}

static void born(struct history_watch *w, const struct heap_change *change) {
    struct watched_span *span = &w->spans[change->span - w->first];
    struct holder *holder;
    span->live++;
    if (change->flags & CHANGE_CONTINUES) {
        holder = holders_find(&w->holders, change->block);
        if (holder && hold_is_by_blocks(w))
            holder->facts.state = w->state;
        else
            hold_begin_life(w, change);
        return;
    }
    if (!w->telling)
        list_block(w, change,
                   change->flags & CHANGE_MOVED ? HAPPENING_MOVED
                                                : HAPPENING_BORN,
                   span->live);
    hold_begin_life(w, change);
    hold_span(w, change->span, change->time);
}

static void note_freed(struct history_watch *w,
                       const struct heap_change *change) {
    if (!hold_is_by_blocks(w) || change->block_bytes == 0)
        return;
    w->freed = pool_grow(w->pool, w->freed, w->freed_count, &w->freed_capacity,
                         sizeof *w->freed);
    w->freed[w->freed_count++] =
        (struct freed_block){change->time, change->block};
}

static void died(struct history_watch *w, const struct heap_change *change) {
    struct watched_span *span = &w->spans[change->span - w->first];
    bool deferred = change->flags & CHANGE_DEFERRED;
    if (span->live > 0)
        span->live--;
    if (deferred && change->block_bytes > 0)
        span->deferred++;
    if (deferred)
        note_freed(w, change);
    if (!(change->flags & CHANGE_TAKES_BACK))
        list_block(w, change,
                   deferred                        ? HAPPENING_FREED_BY_OTHER
                   : change->flags & CHANGE_COUNTS ? HAPPENING_FREED
                                                   : HAPPENING_DROPPED,
                   span->live);
    hold_span(w, change->span, change->time);
    hold_end_life(w, change->block, change->time);
}

static void collected(struct history_watch *w,
                      const struct heap_change *change) {
    struct watched_span *span = &w->spans[change->span - w->first];
    struct happening h = happening_of(change, HAPPENING_TAKEN_BACK);
    size_t count =
        change->count < w->freed_count ? change->count : w->freed_count;
    bool listed = w->subject.kind == SUBJECT_SPAN;
    h.birth = count > 0 ? w->freed[0].time : change->time;
    for (size_t i = 0; i < count; i++)
        if (w->subject.kind == SUBJECT_BLOCK &&
            hold_is_of_block(w, w->freed[i].block)) {
            listed = true;
            h.block = w->freed[i].block;
            h.birth = w->freed[i].time;
        }
    w->freed_count -= count;
    memmove(w->freed, w->freed + count, w->freed_count * sizeof *w->freed);
    span->heap = change->to_heap;
    span->deferred -=
        change->count < span->deferred ? change->count : span->deferred;
    h.heap = span->heap;
    h.live = span->live;
    h.count = change->count;
    if (listed)
        list(w, &h);
    hold_span(w, change->span, change->time);
}

// ---- changes of spans ----

static void placed(struct history_watch *w, const struct heap_change *change) {
    struct watched_span *span = &w->spans[change->span - w->first];
    bool stays = change->from.place == change->to.place;
    struct happening h = happening_of(change, HAPPENING_PLACE);
    if (!stays) {
        span->live = span->deferred = 0;
        w->freed_count = 0;
        hold_end_last_life(w); // the place is another one in another use
    }
    span->place = change->to.place;
    span->heap = change->to.heap;
    h.from = change->from.place;
    h.to = change->to.place;
    h.heap = change->to.heap;
    h.live = span->live;
    h.count = change->to.place == SPAN_IN_HEAP ? change->to.run : 1;
    if (!w->telling && (!stays || change->from.heap != change->to.heap))
        list(w, &h);
    hold_span(w, change->span, change->time);
}

static void pages(struct history_watch *w, const struct heap_change *change) {
    bool gone = change->bytes > 0;
    struct happening h = happening_of(change, gone ? HAPPENING_PAGES_GONE
                                                   : HAPPENING_PAGES_BACK);
    const struct watched_span *span = &w->spans[change->span - w->first];
    h.bytes = (uint64_t)(gone ? change->bytes : -change->bytes);
    h.heap = span->heap;
    h.live = span->live;
    if (!w->telling && w->subject.kind != SUBJECT_BLOCK)
        list(w, &h);
}

// The spans come, or go, with their segment or as a huge block.
static void mapped(struct history_watch *w, const struct heap_change *change,
                   uint32_t first, uint32_t count, uint8_t place) {
    struct happening h = happening_of(
        change, place == SPAN_AWAY ? HAPPENING_UNMAPPED : HAPPENING_MAPPED);
    bool ours = false;
    for (uint32_t i = 0; i < w->count; i++) {
        uint32_t number = w->first + i;
        if (number < first || number - first >= count)
            continue;
        w->spans[i].place = place;
        w->spans[i].live = w->spans[i].deferred = 0;
        hold_span(w, number, change->time);
        ours = true;
    }
    if (!ours)
        return;
    w->freed_count = 0;
    h.span = w->first;
    h.bytes = (uint64_t)change->bytes;
    h.count = count;
    if (!w->telling)
        list(w, &h);
}

// ---- a state that is told anew ----

static void state_begins(struct history_watch *w,
                         const struct heap_change *change) {
    w->telling = true;
    w->state++;
    w->state_time = change->time;
    w->freed_count = 0;
    for (uint32_t i = 0; i < w->count; i++)
        w->spans[i] = (struct watched_span){.place = SPAN_AWAY,
                                            .holder = w->spans[i].holder};
}

static void list_told(struct history_watch *w, const struct heap_change *change,
                      const struct holder *holder, enum happening_kind kind) {
    struct happening h = happening_of(change, kind);
    h.time = w->state_time;
    h.span = holder->facts.span;
    h.block = holder->facts.block;
    h.heap = holder->facts.heap;
    h.stack = holder->facts.stack;
    h.bytes = holder->facts.bytes;
    h.birth = holder->from;
    h.ring = SLOT_NEVER;
    h.live = w->spans[h.span - w->first].live;
    list(w, &h);
}

static void state_ends(struct history_watch *w,
                       const struct heap_change *change) {
    struct happening h = happening_of(change, HAPPENING_TOLD);
    w->telling = false;
    h.time = w->state_time;
    h.span = w->first;
    h.heap = w->spans[0].heap;
    h.live = w->spans[0].live;
    list(w, &h);
    for (uint32_t i = 0; i < w->count; i++)
        hold_span(w, w->first + i, w->state_time);
    struct holder *next;
    for (struct holder *each = w->holders.oldest; each; each = next) {
        next = each->younger;
        if (each->facts.kind != HOLDER_BLOCK || each == w->last_life)
            continue;
        if (each->facts.state != w->state) {
            list_told(w, change, each, HAPPENING_UNSEEN);
            holders_end(&w->holders, each, w->state_time);
        } else if (each->from == w->state_time) {
            list_told(w, change, each, HAPPENING_FOUND);
        }
    }
}

// ---- all of them ----

static void finish_drop(struct history_watch *w) {
    w->dropping = false;
    died(w, &w->dropped);
}

// Whether the block that ended goes on, with another size.
static bool is_resize(const struct history_watch *w,
                      const struct heap_change *change) {
    return change->kind == CHANGE_BORN && change->span == w->dropped.span &&
           change->block == w->dropped.block && change->flags & CHANGE_MOVED &&
           !(change->flags & CHANGE_COUNTS);
}

static void see_span(struct history_watch *w,
                     const struct heap_change *change) {
    switch (change->kind) {
    case CHANGE_BORN:
        born(w, change);
        return;
    case CHANGE_DIED:
        w->dropping = !(change->flags & (CHANGE_COUNTS | CHANGE_TAKES_BACK));
        w->dropped = *change;
        if (!w->dropping)
            died(w, change);
        return;
    case CHANGE_COLLECTED:
        collected(w, change);
        return;
    case CHANGE_SPAN:
        placed(w, change);
        return;
    case CHANGE_PAGES:
        pages(w, change);
        return;
    default:
        return;
    }
}

static void see(struct history_watch *w, const struct heap *heap,
                const struct heap_change *change) {
    uint32_t per_segment = heap->spans.per_segment;
    switch (change->kind) {
    case CHANGE_BORN:
    case CHANGE_DIED:
    case CHANGE_COLLECTED:
    case CHANGE_SPAN:
    case CHANGE_PAGES:
        if (change->span - w->first < w->count)
            see_span(w, change);
        return;
    case CHANGE_SEGMENT_MAPPED:
    case CHANGE_SEGMENT_UNMAPPED:
        mapped(w, change, change->span * per_segment, change->block,
               change->kind == CHANGE_SEGMENT_MAPPED ? SPAN_IN_SEGMENT
                                                     : SPAN_AWAY);
        return;
    case CHANGE_HUGE_MAPPED:
    case CHANGE_HUGE_UNMAPPED:
        mapped(w, change, change->span, 1,
               change->kind == CHANGE_HUGE_MAPPED ? SPAN_IN_HEAP : SPAN_AWAY);
        return;
    case CHANGE_STATE_BEGINS:
        state_begins(w, change);
        return;
    case CHANGE_STATE_ENDS:
        state_ends(w, change);
        return;
    default:
        return;
    }
}

void history_watch_see(void *watch, const struct heap *heap,
                       const struct heap_change *changes, size_t count) {
    struct history_watch *w = watch;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (w->dropping && is_resize(w, change)) {
            w->dropping = false;
            resized(w, change);
            continue;
        }
        if (w->dropping)
            finish_drop(w);
        see(w, heap, change);
    }
}

void history_watch_end(struct history_watch *w) {
    if (w->dropping)
        finish_drop(w);
    if (w->last_life) // none came after it
        w->last_life->to = w->last_life_end;
}

// ---- where it does not begin at the start ----

void history_watch_begin(void *watch, const struct replay *replay) {
    const struct heap *heap = &replay->heap;
    struct history_watch *w = watch;
    const struct history_watch wish = *w;
    history_watch_start(w, wish.pool, &wish.subject, wish.first, wish.count,
                        wish.since, wish.most);
    for (uint32_t i = 0; i < w->count; i++) {
        struct span *span = spans_find(&heap->spans, w->first + i);
        if (!span)
            continue;
        w->spans[i] = (struct watched_span){.live = span->live,
                                            .deferred = span->deferred,
                                            .heap = span->heap,
                                            .place = span->place};
        spans_unpack(&heap->spans, span);
        if (span->place == SPAN_IN_HEAP && hold_is_by_blocks(w))
            hold_begin_blocks(w, span);
        hold_span(w, span->number, heap->time);
    }
    for (struct holder *each = w->holders.oldest; each; each = each->younger)
        if (!each->before)
            each->is_cut = true; // who was there before is not looked for
}
