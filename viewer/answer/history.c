// history.c - what happened to one span, block or segment up to a moment, and
// who held it, one after the other.
#include "viewer/answer/history.h"

#include <inttypes.h>

#include "viewer/answer/history_watch.h"
#include "viewer/answer/state.h"
#include "viewer/heap/address.h"

// ---- of what ----

static bool find_address(const struct heap *heap, struct subject *subject,
                         struct failure *failure) {
    struct address_place place;
    if (!address_find(heap, subject->address, &place)) {
        failure->asked = true;
        return fail(failure,
                    "no segment has the address 0x%" PRIx64 " at this moment",
                    subject->address);
    }
    if (subject->kind == SUBJECT_BLOCK && !place.in_block) {
        failure->asked = true;
        return fail(failure,
                    "span %u has no block at 0x%" PRIx64 " at this moment",
                    place.span, subject->address);
    }
    subject->by_address = false;
    subject->number = subject->kind == SUBJECT_SEGMENT
                          ? spans_segment_of(&heap->spans, place.span)
                          : place.span;
    subject->block = place.block;
    return true;
}

// The subject by number, and the spans that are to be watched.
static bool find_spans(const struct heap *heap, struct subject *subject,
                       uint32_t *first, uint32_t *count,
                       struct failure *failure) {
    uint32_t per_segment = heap->spans.per_segment;
    if (subject->by_address && !find_address(heap, subject, failure))
        return false;
    *first = subject->number;
    *count = 1;
    if (subject->kind == SUBJECT_SEGMENT) {
        if (subject->number >= SPAN_HUGE_BIT / per_segment) {
            failure->asked = true;
            return fail(failure, "no segment has the number %u",
                        subject->number);
        }
        *first = subject->number * per_segment;
        *count = per_segment;
        return true;
    }
    const struct span *span = spans_find(&heap->spans, subject->number);
    if (span && span->place == SPAN_IN_RUN) // of a large block
        *first = subject->number -= span->run;
    return true;
}

// ---- as others read it ----

static const char *place_name(uint8_t place) {
    static const char *const names[] = {[SPAN_IN_SEGMENT] = "segment",
                                        [SPAN_IN_GLOBAL] = "global cache",
                                        [SPAN_IN_THREAD] = "thread cache",
                                        [SPAN_IN_HEAP] = "heap",
                                        [SPAN_IN_RUN] = "large block"};
    return place < sizeof names / sizeof *names ? names[place] : NULL;
}

static const char *what_happened(const struct happening *h) {
    static const char *const places[] = {[SPAN_AWAY] = "unmapped",
                                         [SPAN_IN_SEGMENT] = "to its segment",
                                         [SPAN_IN_GLOBAL] =
                                             "to the global cache",
                                         [SPAN_IN_THREAD] = "to a thread cache",
                                         [SPAN_IN_HEAP] = "to a heap",
                                         [SPAN_IN_RUN] = "to a large block"};
    static const char *const names[] = {
        [HAPPENING_MAPPED] = "mapped",
        [HAPPENING_UNMAPPED] = "unmapped",
        [HAPPENING_PAGES_GONE] = "pages given back",
        [HAPPENING_PAGES_BACK] = "pages taken again",
        [HAPPENING_BORN] = "allocated",
        [HAPPENING_MOVED] = "moved here",
        [HAPPENING_RESIZED] = "resized",
        [HAPPENING_FREED] = "freed",
        [HAPPENING_FREED_BY_OTHER] = "freed by another thread",
        [HAPPENING_DROPPED] = "gone with its span",
        [HAPPENING_TAKEN_BACK] = "taken back",
        [HAPPENING_TOLD] = "state told",
        [HAPPENING_FOUND] = "found in the state",
        [HAPPENING_UNSEEN] = "not found any more"};
    return h->kind == HAPPENING_PLACE ? places[h->to] : names[h->kind];
}

static const struct site *site_of(const struct answer *a, uint32_t stack) {
    const struct answer_state *state = a->state;
    const struct stacks *stacks = &state->now->metrics.stacks;
    if (stack == SLOT_NEVER || !stacks_has(stacks, stack))
        return NULL;
    return &a->sites[state->site_of_stack[stacks_find(stacks, stack)]].where;
}

static const char *thread_of(const struct answer *a, uint32_t ring,
                             uint64_t time) {
    const struct threads *threads = &a->state->now->metrics.threads;
    return ring == SLOT_NEVER
               ? NULL
               : state_thread_name(a->state, threads,
                                   threads_at(threads, ring, time));
}

static uint64_t ns_between(const struct heap *heap, uint64_t from,
                           uint64_t to) {
    return to > from ? heap_ns(heap, to) - heap_ns(heap, from) : 0;
}

static struct answer_history row_of(const struct answer *a,
                                    const struct happening *h) {
    const struct heap *heap = &a->state->now->heap;
    struct answer_history row = {
        .time_ns = heap_ns(heap, h->time),
        .event = h->event,
        .what = what_happened(h),
        .from = h->kind == HAPPENING_PLACE ? place_name(h->from) : NULL,
        .span = h->span,
        .block = h->block == SLOT_NEVER ? ANSWER_NONE : h->block,
        .heap = h->heap,
        .live = h->live,
        .count = h->count,
        .bytes = h->bytes,
        .thread = thread_of(a, h->ring, h->time),
        .where = site_of(a, h->stack)};
    switch (h->kind) {
    case HAPPENING_FREED:
    case HAPPENING_FREED_BY_OTHER:
    case HAPPENING_DROPPED:
    case HAPPENING_UNSEEN:
    case HAPPENING_TAKEN_BACK:
        row.age_ns = ns_between(heap, h->birth, h->time);
        return row;
    default:
        return row;
    }
}

static void list_rows(struct answer *a, const struct history_watch *w) {
    uint64_t kept = w->happened < w->most ? w->happened : w->most;
    uint64_t out = w->happened - kept;
    a->history = pool_get(&a->state->pool, (kept + 1) * sizeof *a->history);
    if (out > 0)
        a->history[a->history_count++] =
            (struct answer_history){.what = "earlier, not listed",
                                    .span = w->first,
                                    .block = ANSWER_NONE,
                                    .count = out};
    for (uint64_t i = out; i < w->happened; i++)
        a->history[a->history_count++] = row_of(a, &w->list[i % w->most]);
}

static const char *holder_name(uint8_t kind) {
    static const char *const names[] = {
        [HOLDER_BLOCK] = "block",
        [HOLDER_USE] = "span in use",
        [HOLDER_WAITS] = "not taken back",
        [HOLDER_EMPTY] = "kept empty",
        [HOLDER_THREAD_CACHE] = "thread cache",
        [HOLDER_GLOBAL_CACHE] = "global cache",
    };
    return names[kind];
}

static struct answer_holder holder_row(const struct answer *a,
                                       const struct holder *holder) {
    const struct heap *heap = &a->state->now->heap;
    const struct holder_facts *facts = &holder->facts;
    bool holds = holder->to == UINT64_MAX;
    uint64_t from = heap_ns(heap, holder->from);
    uint64_t to = holds ? a->now.time_ns : heap_ns(heap, holder->to);
    return (struct answer_holder){
        .what = holder_name(facts->kind),
        .span = facts->span,
        .block = facts->block == SLOT_NEVER ? ANSWER_NONE : facts->block,
        .heap = facts->heap,
        .bytes = facts->bytes,
        .from_ns = from,
        .to_ns = to,
        .held_ns = to > from ? to - from : 0,
        .holds = holds,
        .thread = thread_of(a, facts->ring, holder->from),
        .where = site_of(a, facts->stack)};
}

// A cache or a heap that had it for no time at all held nothing.
static bool held(const struct holder *holder) {
    return holder->facts.kind == HOLDER_BLOCK || holder->to > holder->from;
}

static void list_holders(struct answer *a, const struct holder *last) {
    size_t count = 0, at;
    for (const struct holder *each = last; each; each = each->before)
        count += held(each) + each->is_cut;
    a->holders = pool_get(&a->state->pool, count * sizeof *a->holders);
    a->holder_count = at = count;
    for (const struct holder *each = last; each; each = each->before) {
        if (held(each))
            a->holders[--at] = holder_row(a, each);
        if (each->is_cut)
            a->holders[--at] = (struct answer_holder){
                .what = "others, not listed",
                .span = each->facts.span,
                .block = ANSWER_NONE,
                .to_ns = heap_ns(&a->state->now->heap, each->from)};
    }
}

bool history_fill(struct answer *a, const struct analyse_options *options,
                  struct failure *failure) {
    struct answer_state *state = a->state;
    struct analysis *analysis = state->of;
    const struct heap *heap = &state->now->heap;
    struct subject subject = options->history;
    struct history_watch watch;
    uint32_t first, count;
    uint64_t since = 0;
    if (subject.kind == SUBJECT_NONE || analysis->reading || analysis->cut)
        return true;
    if (!find_spans(heap, &subject, &first, &count, failure))
        return false;
    if (options->has_since) {
        since = trace_clock_steps(heap->tables, options->since_ns);
        since = since > heap->start ? since - heap->start : 0;
    }
    const struct analysis_limit limit = {heap->events, UINT64_MAX};
    const struct analysis_watch see = {history_watch_begin, history_watch_see,
                                       NULL, &watch};
    history_watch_start(&watch, &state->pool, &subject, first, count, since,
                        HISTORY_MOST);
    a->history_of = subject;
    if (!analysis_see(analysis, &state->tables, since, &limit, options, &see))
        return true; // whoever asked has ended it
    history_watch_end(&watch);
    list_rows(a, &watch);
    list_holders(a, watch.holders.oldest);
    return true;
}
