// limit.c - how far the events are read for the moment that is asked for.
#include "viewer/answer/limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "viewer/answer/worst.h"
#include "viewer/base/number.h"
#include "viewer/base/options.h"

enum {
    NAMED_MARKS = 3,     // of those that there are, when the one asked for is
                         // not
    SEARCHED_MARKS = 64, // in which one of a similar name is looked for
};

uint64_t limit_steps(const struct analysis *analysis, uint64_t ns) {
    uint64_t steps = trace_clock_steps(&analysis->tables, ns);
    uint64_t start = analysis->whole.heap.start;
    return steps > start ? steps - start : 0;
}

// Where the recording ends, in ns.
static uint64_t end_of(const struct analysis *analysis) {
    const struct heap *heap = &analysis->whole.heap;
    const struct trace_tables *tables = &analysis->tables;
    uint64_t end = heap_ns(heap, heap->time);
    return tables->has_trailer && tables->trailer.duration_ns > end
               ? tables->trailer.duration_ns
               : end;
}

enum answer_at limit_at(const struct analysis *analysis, enum answer_at at) {
    const struct sums *sums = &analysis->whole.metrics.sums;
    const struct trace_tables *tables = &analysis->tables;
    if (at != AT_USUAL)
        return at;
    // Destructors ran; else the end is as the program was.
    bool ended =
        tables->has_trailer && tables->trailer.exit_kind == TRACE_EXIT_NORMAL;
    return analysis->cut || analysis->reading || !ended
               ? AT_END
               : worst_usual(&sums->timeline, &sums->now,
                             limit_steps(analysis, end_of(analysis)));
}

static bool find_snapshot(const struct analysis *analysis, uint64_t number,
                          uint64_t *time, struct failure *failure) {
    const struct snapshots *all = &analysis->whole.metrics.snapshots;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].number == number) {
            *time = all->list[i].time;
            return true;
        }
    failure->asked = true;
    return fail(failure, "%s has %zu snapshot%s, and no snapshot-%" PRIu64,
                analysis->file.path, all->count, all->count == 1 ? "" : "s",
                number);
}

static const char *mark_text(const struct analysis *analysis, size_t i) {
    const struct notes *notes = &analysis->whole.metrics.notes;
    const char *text = trace_text(&analysis->tables, notes->marks[i].text);
    return text ? text : "";
}

// The marks that are there, the nearest by name and the first ones.
static bool refuse_mark(const struct analysis *analysis, const char *name,
                        struct failure *failure) {
    const struct notes *notes = &analysis->whole.metrics.notes;
    const char *names[SEARCHED_MARKS + 1] = {NULL};
    char guess[OPTIONS_GUESS_BYTES], list[256] = "";
    size_t different = 0, used = 0, named = 0;
    for (size_t i = 0; i < notes->mark_count && different < SEARCHED_MARKS;
         i++) {
        const char *text = mark_text(analysis, i);
        size_t at = 0;
        while (at < different && strcmp(names[at], text) != 0)
            at++;
        if (at == different)
            names[different++] = text;
    }
    for (; named < different && named < NAMED_MARKS; named++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%.60s\"",
                                 used ? ", " : "", names[named]);
    options_guess(guess, name, names, "");
    failure->asked = true;
    if (different == 0)
        return fail(failure, "%s has no marks, and no mark \"%.80s\"",
                    analysis->file.path, name);
    return fail(failure,
                "%s has no mark \"%.80s\"%s; there %s %s%s (rpscope query "
                "marks tells all)",
                analysis->file.path, name, guess, named == 1 ? "is" : "are",
                list, named < different ? " and others" : "");
}

static bool find_mark(const struct analysis *analysis, const char *name,
                      uint64_t *time, struct failure *failure) {
    const struct notes *notes = &analysis->whole.metrics.notes;
    for (size_t i = 0; i < notes->mark_count; i++)
        if (strcmp(mark_text(analysis, i), name) == 0) {
            *time = notes->marks[i].time;
            return true;
        }
    return refuse_mark(analysis, name, failure);
}

// What people read as the end is the end.
static bool is_within(const struct analysis *analysis, uint64_t ns,
                      struct failure *failure) {
    uint64_t end = end_of(analysis);
    if (ns <= end || strcmp(number_time(ns).text, number_time(end).text) == 0)
        return true;
    failure->asked = true;
    return fail(
        failure, "%s ends at %s, before %s: the nearest moment is --at end",
        analysis->file.path, number_time(end).text, number_time(ns).text);
}

static bool find_event(const struct analysis *analysis, uint64_t event,
                       struct analysis_limit *limit, struct failure *failure) {
    uint64_t events = analysis->whole.heap.events;
    limit->events = event;
    if (event <= events || analysis->reading)
        return true;
    failure->asked = true;
    return fail(failure,
                "%s has %" PRIu64 " events, and no event %" PRIu64
                ": the nearest moment is --at end",
                analysis->file.path, events, event);
}

bool limit_find(const struct analysis *analysis,
                const struct analyse_options *options, enum answer_at at,
                struct analysis_limit *limit, struct failure *failure) {
    const struct sums *sums = &analysis->whole.metrics.sums;
    const struct timeline_step *worst;
    *limit = (struct analysis_limit){UINT64_MAX, UINT64_MAX};
    switch (at) {
    case AT_WORST:
        if ((worst = worst_step(&sums->timeline,
                                limit_steps(analysis, end_of(analysis)))))
            limit->events = worst->at.event;
        return true;
    case AT_PEAK_HELD:
        limit->events = sums->peaks.held.event;
        return true;
    case AT_PEAK_USED:
        limit->events = sums->peaks.used.event;
        return true;
    case AT_EVENT:
        return find_event(analysis, options->at_event, limit, failure);
    case AT_MARK:
        return find_mark(analysis, options->mark, &limit->time, failure);
    case AT_TIME:
        // Nothing but the snapshot has its time.
        if (options->snapshot != 0)
            return find_snapshot(analysis, options->snapshot, &limit->time,
                                 failure);
        limit->time = limit_steps(analysis, options->at_ns);
        return analysis->reading ||
               is_within(analysis, options->at_ns, failure);
    default:
        return true;
    }
}
