// notable.c - instants of a recording that one wants to go to: marks,
// snapshots, peaks, findings, in the order of time.
#include "viewer/ui/notable.h"

#include <stdlib.h>

static void add(struct notables *notables, struct notable notable) {
    if (notables->count == NOTABLE_MOST)
        return;
    notable.moment.ns = notable.ns;
    notables->list[notables->count++] = notable;
}

static int compare(const void *left, const void *right) {
    const struct notable *a = left, *b = right;
    if (a->ns != b->ns)
        return a->ns < b->ns ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

void notable_fill(struct notables *notables, const struct answer *a) {
    notables->count = 0;
    add(notables, (struct notable){.ns = a->peak_held.time_ns,
                                   .kind = NOTABLE_PEAK,
                                   .text = "most held",
                                   .moment = {.at = AT_PEAK_HELD}});
    add(notables, (struct notable){.ns = a->peak_used.time_ns,
                                   .kind = NOTABLE_PEAK,
                                   .text = "most used",
                                   .moment = {.at = AT_PEAK_USED}});
    for (size_t i = 0; i < a->finding_count; i++)
        if (a->findings[i].time_ns > 0 &&
            a->findings[i].time_ns != a->now.time_ns)
            add(notables, (struct notable){.ns = a->findings[i].time_ns,
                                           .kind = NOTABLE_FINDING,
                                           .text = a->findings[i].text,
                                           .moment = {.at = AT_TIME}});
    for (size_t i = 0; i < a->snapshot_count; i++)
        add(notables, (struct notable){.ns = a->snapshots[i].time_ns,
                                       .kind = NOTABLE_SNAPSHOT,
                                       .number = a->snapshots[i].number,
                                       .moment = {.at = AT_TIME}});
    for (size_t i = 0; i < a->mark_count; i++)
        add(notables, (struct notable){.ns = a->marks[i].time_ns,
                                       .kind = NOTABLE_MARK,
                                       .text = a->marks[i].text,
                                       .moment = {.at = AT_TIME}});
    qsort(notables->list, notables->count, sizeof *notables->list, compare);
}

const struct notable *notable_next(const struct notables *notables,
                                   uint64_t ns) {
    for (size_t i = 0; i < notables->count; i++)
        if (notables->list[i].ns > ns)
            return &notables->list[i];
    return NULL;
}

const struct notable *notable_previous(const struct notables *notables,
                                       uint64_t ns) {
    for (size_t i = notables->count; i-- > 0;)
        if (notables->list[i].ns < ns)
            return &notables->list[i];
    return NULL;
}
