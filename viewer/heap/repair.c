// repair.c - events that came before their cause.
//
// Invariant: the chains hold exactly the entries in use, oldest first.
#include "viewer/heap/repair.h"

#include <stdlib.h>

#include "viewer/base/memory.h"
#include "viewer/heap/event.h"

enum {
    ENTRIES = 4096,         // that may wait at once
    CHAINS = 256,           // by segment
    CHAIN_LIMIT = 64,       // entries of a chain
    PATIENCE_EVENTS = 65536 // that may pass while one waits
};

struct entry {
    struct trace_event event;
    uint64_t arrival; // model.events
    uint64_t time;    // model.time
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
    struct entry entries[ENTRIES]; // a queue, oldest at `oldest`
    uint64_t oldest, newest;
};

struct repair *repair_new(uint64_t patience_steps) {
    struct repair *repair = memory_zeroed(1, sizeof *repair);
    repair->patience = patience_steps;
    return repair;
}

void repair_free(struct repair *repair) {
    free(repair);
}

static struct chain *chain_of(const struct model *model,
                              const struct trace_event *event) {
    uint64_t span = event_span(model, event);
    uint64_t key =
        span >= SPAN_HUGE_BIT ? span : span / model->spans.per_segment;
    return &model->repair->chains[key * UINT64_C(0x9e3779b97f4a7c15) >> 56];
}

static bool is_of_segment(const struct trace_event *event) {
    return event->type == TRACE_EVENT_SEGMENT_MAP ||
           event->type == TRACE_EVENT_SEGMENT_UNMAP;
}

// True when `later` must not be applied before `earlier`.
static bool keeps_order(const struct model *model,
                        const struct trace_event *earlier,
                        const struct trace_event *later) {
    if (earlier->ring != later->ring)
        return false;
    uint64_t a = event_span(model, earlier);
    uint64_t b = event_span(model, later);
    if (is_of_segment(earlier) || is_of_segment(later))
        return a / model->spans.per_segment == b / model->spans.per_segment;
    if (a != b)
        return false;
    uint64_t first = event_block(earlier), second = event_block(later);
    return first == second || first == UINT64_MAX || second == UINT64_MAX;
}

bool repair_must_wait(const struct model *model,
                      const struct trace_event *event) {
    if (event_span(model, event) == UINT64_MAX)
        return false;
    for (struct entry *e = chain_of(model, event)->first; e; e = e->next)
        if (keeps_order(model, &e->event, event))
            return true;
    return false;
}

static void unlink_entry(struct model *model, struct entry *entry) {
    struct chain *chain = chain_of(model, &entry->event);
    struct entry **at = &chain->first;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    chain->length--;
    entry->in_use = false;
    model->waiting--;
}

static void give_up(struct model *model, struct entry *entry) {
    struct trace_event event = entry->event;
    unlink_entry(model, entry);
    event_apply(model, &event, true);
    repair_retry(model, &event);
}

void repair_wait(struct model *model, const struct trace_event *event) {
    struct repair *repair = model->repair;
    struct chain *chain = chain_of(model, event);
    while (chain->length >= CHAIN_LIMIT)
        give_up(model, chain->first);
    while (repair->newest - repair->oldest >= ENTRIES) {
        struct entry *oldest = &repair->entries[repair->oldest % ENTRIES];
        if (oldest->in_use)
            give_up(model, oldest);
        repair->oldest++;
    }
    struct entry *entry = &repair->entries[repair->newest++ % ENTRIES];
    *entry = (struct entry){.event = *event,
                            .arrival = model->events,
                            .time = model->time,
                            .in_use = true};
    struct entry **at = &chain->first;
    while (*at)
        at = &(*at)->next;
    *at = entry;
    chain->length++;
    model->waiting++;
}

static bool is_blocked(const struct model *model, const struct chain *chain,
                       const struct entry *entry) {
    for (const struct entry *e = chain->first; e != entry; e = e->next)
        if (keeps_order(model, &e->event, &entry->event))
            return true;
    return false;
}

void repair_retry(struct model *model, const struct trace_event *event) {
    if (event_span(model, event) == UINT64_MAX)
        return;
    struct chain *chain = chain_of(model, event);
    for (struct entry *e = chain->first; e;) {
        if (!is_blocked(model, chain, e) &&
            event_apply(model, &e->event, false)) {
            model->repairs++;
            unlink_entry(model, e);
            e = chain->first;
        } else {
            e = e->next;
        }
    }
}

void repair_expire(struct model *model, bool everything) {
    struct repair *repair = model->repair;
    while (repair->oldest < repair->newest) {
        struct entry *oldest = &repair->entries[repair->oldest % ENTRIES];
        if (oldest->in_use) {
            if (!everything &&
                model->events - oldest->arrival < PATIENCE_EVENTS &&
                model->time - oldest->time <= repair->patience)
                return;
            give_up(model, oldest);
        }
        repair->oldest++;
    }
}
