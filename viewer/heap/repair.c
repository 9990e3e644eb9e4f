// repair.c - events that came before their cause.
//
// Invariant: the chains hold exactly the entries in use, oldest first.
#include "viewer/heap/repair.h"

#include <stdlib.h>

#include "viewer/heap/event.h"

enum {
    ENTRIES = 4096,         // that may wait at once
    SHELF = 64,             // of these, which memory is asked for at a time
    CHAINS = 256,           // by segment
    CHAIN_LIMIT = 64,       // entries of a chain
    PATIENCE_EVENTS = 65536 // that may pass while one waits
};

struct entry {
    struct trace_event event;
    uint64_t arrival; // heap.events
    uint64_t time;    // heap.time
    struct entry *next;
    bool in_use;
};

struct chain {
    struct entry *first;
    size_t length;
};

struct repair {
    uint64_t patience; // steps
    struct chain chains[CHAINS];
    struct entry *shelves[ENTRIES / SHELF]; // a queue, oldest at `oldest`
    uint64_t oldest, newest;
};

struct repair *repair_new(struct pool *pool, uint64_t patience_steps) {
    struct repair *repair = pool_zeroed(pool, 1, sizeof *repair);
    repair->patience = patience_steps;
    return repair;
}

void repair_free(struct pool *pool, struct repair *repair) {
    for (size_t i = 0; repair && i < ENTRIES / SHELF; i++)
        pool_give(pool, repair->shelves[i]);
    pool_give(pool, repair);
}

// One that has been in the queue.
static struct entry *entry_at(const struct repair *repair, uint64_t number) {
    number %= ENTRIES;
    return &repair->shelves[number / SHELF][number % SHELF];
}

static struct entry *new_entry(struct heap *heap) {
    struct repair *repair = heap->repair;
    struct entry **shelf = &repair->shelves[repair->newest % ENTRIES / SHELF];
    if (!*shelf)
        *shelf = pool_get(heap->spans.pool, SHELF * sizeof **shelf);
    return entry_at(repair, repair->newest++);
}

static struct chain *chain_of(const struct heap *heap,
                              const struct trace_event *event) {
    uint64_t span = event_span(heap, event);
    uint64_t key =
        span >= SPAN_HUGE_BIT ? span : span / heap->spans.per_segment;
    return &heap->repair->chains[key * UINT64_C(0x9e3779b97f4a7c15) >> 56];
}

static bool is_of_segment(const struct trace_event *event) {
    return event->type == TRACE_EVENT_SEGMENT_MAP ||
           event->type == TRACE_EVENT_SEGMENT_UNMAP;
}

// True when `later` must not be applied before `earlier`.
static bool keeps_order(const struct heap *heap,
                        const struct trace_event *earlier,
                        const struct trace_event *later) {
    if (earlier->ring != later->ring)
        return false;
    uint64_t a = event_span(heap, earlier);
    uint64_t b = event_span(heap, later);
    if (is_of_segment(earlier) || is_of_segment(later))
        return a / heap->spans.per_segment == b / heap->spans.per_segment;
    if (a != b)
        return false;
    uint64_t first = event_block(earlier), second = event_block(later);
    return first == second || first == UINT64_MAX || second == UINT64_MAX;
}

bool repair_must_wait(const struct heap *heap,
                      const struct trace_event *event) {
    if (event_span(heap, event) == UINT64_MAX)
        return false;
    for (struct entry *e = chain_of(heap, event)->first; e; e = e->next)
        if (keeps_order(heap, &e->event, event))
            return true;
    return false;
}

static void unlink_entry(struct heap *heap, struct entry *entry) {
    struct chain *chain = chain_of(heap, &entry->event);
    struct entry **at = &chain->first;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    chain->length--;
    entry->in_use = false;
    heap->waiting--;
}

static void give_up(struct heap *heap, struct entry *entry) {
    struct trace_event event = entry->event;
    unlink_entry(heap, entry);
    event_apply(heap, &event, true);
    repair_retry(heap, &event);
}

void repair_wait(struct heap *heap, const struct trace_event *event) {
    struct repair *repair = heap->repair;
    struct chain *chain = chain_of(heap, event);
    while (chain->length >= CHAIN_LIMIT)
        give_up(heap, chain->first);
    while (repair->newest - repair->oldest >= ENTRIES) {
        struct entry *oldest = entry_at(repair, repair->oldest);
        if (oldest->in_use)
            give_up(heap, oldest);
        repair->oldest++;
    }
    struct entry *entry = new_entry(heap);
    *entry = (struct entry){.event = *event,
                            .arrival = heap->events,
                            .time = heap->time,
                            .in_use = true};
    struct entry **at = &chain->first;
    while (*at)
        at = &(*at)->next;
    *at = entry;
    chain->length++;
    heap->waiting++;
}

static bool is_blocked(const struct heap *heap, const struct chain *chain,
                       const struct entry *entry) {
    for (const struct entry *e = chain->first; e != entry; e = e->next)
        if (keeps_order(heap, &e->event, &entry->event))
            return true;
    return false;
}

void repair_retry(struct heap *heap, const struct trace_event *event) {
    if (event_span(heap, event) == UINT64_MAX)
        return;
    struct chain *chain = chain_of(heap, event);
    for (struct entry *e = chain->first; e;) {
        if (!is_blocked(heap, chain, e) &&
            event_apply(heap, &e->event, false)) {
            heap->repairs++;
            unlink_entry(heap, e);
            e = chain->first;
        } else {
            e = e->next;
        }
    }
}

void repair_expire(struct heap *heap, bool everything) {
    struct repair *repair = heap->repair;
    while (repair->oldest < repair->newest) {
        struct entry *oldest = entry_at(repair, repair->oldest);
        if (oldest->in_use) {
            if (!everything &&
                heap->events - oldest->arrival < PATIENCE_EVENTS &&
                heap->time - oldest->time <= repair->patience)
                return;
            give_up(heap, oldest);
        }
        repair->oldest++;
    }
}
