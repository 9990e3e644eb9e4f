// findings.c - what is worth knowing, and how far to trust it.
#include "viewer/answer/findings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/heap_bugs.h"
#include "viewer/answer/leak_table.h"
#include "viewer/answer/running.h"
#include "viewer/answer/state.h"
#include "viewer/answer/texts.h"
#include "viewer/answer/unnamed.h"
#include "viewer/base/number.h"
#include "viewer/metric/growth.h"

enum {
    PIN_FLOOR = 256 << 10, // bytes below which a pin is no finding
    PIN_PART = 20,         // or below a 20th of what is held
    LEAK_LEAST_NS = 1000000000,
    LEAK_LEAST_BYTES = 1 << 20,
};

static void add_finding(struct answer *a,
                        const struct answer_finding *finding) {
    a->findings = pool_resize(&a->state->pool, a->findings,
                              a->finding_count + 1, sizeof *a->findings);
    a->findings[a->finding_count++] = *finding;
}

static void add_contradictions(struct answer *a) {
    // What happened, before and after the name of the call site; and the same
    // where that is not known.
    static const struct {
        const char *kind, *before, *after, *without;
    } words[CONTRADICTIONS] = {
        [CONTRADICTION_DOUBLE_FREE] =
            {"double free", "a block of ",
             " was freed when it was free already",
             "a block was freed when it was free already"},
        [CONTRADICTION_FREE_UNKNOWN] =
            {"free of unknown", "a block of ",
             " was freed, but never allocated",
             "a block was freed that this trace never saw allocated"},
        [CONTRADICTION_ALLOC_OF_LIVE] =
            {"block given twice", "a block of ",
             " was given out again while it was live",
             "a block was given out again while it was live"},
        [CONTRADICTION_ALLOC_UNKNOWN] =
            {"block from nowhere", "",
             " got a block from a span without blocks",
             "a block came from a span without blocks"},
        [CONTRADICTION_SPAN] =
            {"span out of place", "", "",
             "a span or segment was not where its event said it was"},
        [CONTRADICTION_COUNT] = {"impossible count", "an event of ",
                                 " has a number that cannot be",
                                 "an event has a number that cannot be"},
    };
    const struct replay *whole = &a->state->of->whole;
    const struct contradictions *all = &whole->metrics.contradictions;
    const struct threads *threads = &whole->metrics.threads;
    // With events missing, most contradictions only tell of what is missing.
    bool certain =
        a->quality.missing_events == 0 && a->quality.lost_events == 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct contradictions_of *from = &all->list[i];
        bool known = from->stack != SLOT_NEVER && a->state->at_end;
        uint32_t site = known
                            ? a->state->site_of_stack[stacks_find(
                                  &a->state->now->metrics.stacks, from->stack)]
                            : ANSWER_NONE;
        const char *text =
            known
                ? state_text(a->state, "%s%s%s", words[from->kind].before,
                             answer_site_name(a, site), words[from->kind].after)
                : words[from->kind].without;
        add_finding(a,
                    &(struct answer_finding){
                        .severity = certain ? SEVERITY_ERROR : SEVERITY_WARNING,
                        .kind = words[from->kind].kind,
                        .certain = certain,
                        .count = from->count,
                        .time_ns = heap_ns(&whole->heap, from->time),
                        .thread = state_thread_name(
                            a->state, threads,
                            threads_at(threads, from->ring, from->time)),
                        .site = site,
                        .text = text});
    }
}

static void add_checks(struct answer *a) {
    const struct answer_quality *q = &a->quality;
    if (q->identity_failures > 0)
        add_finding(
            a, &(struct answer_finding){
                   .severity = SEVERITY_ERROR,
                   .kind = "accounting",
                   .certain = true,
                   .count = q->identity_failures,
                   .site = ANSWER_NONE,
                   .text = state_text(
                       a->state,
                       "the parts do not add up to what is held at %" PRIu64
                       " of %" PRIu64 " checks (worst residual %" PRId64
                       " B): a fault of rpscope",
                       q->identity_failures, q->identity_checks,
                       q->worst_residual_bytes)});
    if (q->walk_mismatches > 0)
        add_finding(
            a, &(struct answer_finding){
                   .severity = SEVERITY_ERROR,
                   .kind = "self-count",
                   .certain = true,
                   .count = q->walk_mismatches,
                   .site = ANSWER_NONE,
                   .text = state_text(
                       a->state,
                       "the allocator counted its own blocks and differs from "
                       "this trace in %" PRIu64 " of %" PRIu64 " size classes",
                       q->walk_mismatches, q->walk_checked)});
}

static void add_snapshots(struct answer *a) {
    for (size_t i = 0; i < a->snapshot_count; i++) {
        const struct answer_snapshot *s = &a->snapshots[i];
        bool held =
            s->told_held_bytes != 0 && s->told_held_bytes != s->held_bytes;
        if (!held && s->mismatches == 0 && !s->missing)
            continue;
        add_finding(
            a,
            &(struct answer_finding){
                .severity = SEVERITY_ERROR,
                .kind = "snapshot",
                .certain = true,
                .count = s->mismatches + held + s->missing,
                .time_ns = s->time_ns,
                .site = ANSWER_NONE,
                .text = state_text(
                    a->state,
                    "snapshot %" PRIu64 ": %sthe recorder's own count differs "
                    "from this trace in %" PRIu64 " of %" PRIu64
                    " size classes, and in %" PRId64 " B of what is held",
                    s->number, s->missing ? "a part of it is missing; " : "",
                    s->mismatches, s->checked,
                    held ? (int64_t)(s->held_bytes - s->told_held_bytes) : 0)});
    }
}

// Sites whose blocks keep memory: what becomes free, or goes back, without
// them.
static void add_pins(struct answer *a) {
    for (size_t i = 0; i < a->cause_count; i++) {
        const struct answer_cause *cause = &a->causes[i];
        uint64_t bytes = cause->free_bytes > cause->back_bytes
                             ? cause->free_bytes
                             : cause->back_bytes;
        if (!strstr(cause->kind, "pin") || bytes < PIN_FLOOR ||
            bytes < a->now.held_bytes / PIN_PART)
            continue;
        add_finding(a, &(struct answer_finding){.severity = SEVERITY_WARNING,
                                                .kind = "pin",
                                                .certain = true,
                                                .count = 1,
                                                .time_ns = a->now.time_ns,
                                                .site = cause->site,
                                                .text = cause->says});
    }
}

static void add_growth(struct answer *a) {
    struct growth growth;
    if (!growth_find(a->points, a->point_count, &growth))
        return;
    // What is live at the end, mostly from one site or not.
    bool one = a->site_count > 0 && a->state->at_end &&
               a->sites[0].counts.live_bytes > a->now.part_bytes[PART_USED] / 4;
    add_finding(
        a,
        &(struct answer_finding){
            .severity = SEVERITY_WARNING,
            .kind = "growing",
            .certain = false,
            .count = 1,
            .time_ns = a->points[a->point_count / 2].time_ns,
            .site = one ? 0 : ANSWER_NONE,
            .text = state_text(
                a->state,
                "used bytes grow by %s a second over the last half, from %s to "
                "%s%s%s%s",
                number_iec((uint64_t)growth.bytes_per_second).text,
                number_iec(growth.from_bytes).text,
                number_iec(growth.to_bytes).text,
                one ? "; most of what lives is from " : "",
                one ? answer_site_name(a, 0) : "",
                one ? state_text(
                          a->state, ", %s of whose blocks were freed",
                          number_percent((double)a->sites[0].counts.frees,
                                         (double)a->sites[0].counts.allocations)
                              .text)
                    : "")});
}

// Files whose functions could not be named.
static void add_missing_files(struct answer *a) {
    const char *path, *first = NULL;
    bool changed = false, first_changed = false;
    size_t count = 0;
    const struct symbols *symbols = state_names(a->state);
    for (size_t i = 0; (path = symbols_missing(symbols, i, &changed)); i++) {
        if (path[0] != '/')
            continue; // no file: what the kernel maps into every program
        if (count++ == 0) {
            first = path;
            first_changed = changed;
        }
    }
    state_names_done(a->state);
    if (count == 0)
        return;
    add_finding(
        a, &(struct answer_finding){
               .severity = SEVERITY_NOTE,
               .kind = "no names",
               .certain = true,
               .count = 1,
               .site = ANSWER_NONE,
               .text = state_text(
                   a->state,
                   "functions cannot be named in %zu file%s of the "
                   "recording: %s %s",
                   count, count == 1 ? "" : "s", first,
                   first_changed ? "is another file now (its build id differs)"
                                 : "is not there or cannot be read")});
}

// Files that have none of the names.
static void add_unnamed(struct answer *a) {
    const char *text = unnamed_say(a);
    if (text)
        add_finding(a, &(struct answer_finding){.severity = SEVERITY_NOTE,
                                                .kind = "no names",
                                                .certain = true,
                                                .count = 1,
                                                .site = ANSWER_NONE,
                                                .text = text});
}

// A site that grows by itself, steadily.
static void add_leak(struct answer *a) {
    const struct leak_row *leak = leaks_first(a);
    // Where all grows by one site, that has been said.
    for (size_t i = 0; leak && i < a->finding_count; i++)
        if (strcmp(a->findings[i].kind, "growing") == 0 &&
            a->findings[i].site == leak->site)
            return;
    if (!leak || leak->ns < LEAK_LEAST_NS ||
        leak->to_bytes - leak->from_bytes < LEAK_LEAST_BYTES)
        return;
    add_finding(
        a,
        &(struct answer_finding){
            .severity = SEVERITY_WARNING,
            .kind = "leak",
            .certain = false,
            .count = 1,
            .time_ns = a->now.time_ns,
            .site = leak->site,
            .text = state_text(
                a->state,
                "%s likely leaks: its live data grow by %s a second, from "
                "%s to %s over the last half, and %s of its blocks were "
                "freed",
                answer_site_name(a, leak->site),
                number_iec(leak->bytes_per_second).text,
                number_iec(leak->from_bytes).text,
                number_iec(leak->to_bytes).text,
                number_percent((double)leak->frees, (double)leak->allocations)
                    .text)});
}

// What rpscope record saw of the process that is not in the trace.
static void add_unrecorded(struct answer *a) {
    const struct trace_fact *fact = trace_fact(&a->state->tables, "unrecorded");
    if (fact)
        add_finding(a, &(struct answer_finding){
                           .severity = SEVERITY_WARNING,
                           .kind = "not recorded",
                           .certain = true,
                           .count = 1,
                           .site = ANSWER_NONE,
                           .text = state_text(a->state, "%s %s",
                                              a->command ? a->command : "it",
                                              fact->value)});
}

// Those that checks have found. In traces of version 3 each is a mark of the
// recorder's.
static void add_heap_bugs(struct answer *a) {
    static const char prefix[] = "check: ";
    for (size_t i = 0; i < heap_bugs_count(a); i++) {
        struct answer_finding finding = heap_bugs_finding(a, i);
        add_finding(a, &finding);
    }
    for (size_t i = 0; i < a->mark_count; i++) {
        const struct answer_mark *mark = &a->marks[i];
        if (strncmp(mark->text, prefix, sizeof prefix - 1) != 0)
            continue;
        add_finding(a, &(struct answer_finding){
                           .severity = SEVERITY_ERROR,
                           .kind = "heap bug",
                           .certain = true,
                           .count = 1,
                           .time_ns = mark->time_ns,
                           .site = ANSWER_NONE,
                           .text = state_text(a->state, "%s",
                                              mark->text + sizeof prefix - 1)});
    }
}

// Checks change what is looked at.
static void add_checked(struct answer *a) {
    const struct trace_fact *fact = trace_fact(&a->state->tables, "checks");
    if (fact)
        add_finding(
            a, &(struct answer_finding){
                   .severity = SEVERITY_NOTE,
                   .kind = "checked",
                   .certain = true,
                   .count = 1,
                   .site = ANSWER_NONE,
                   .text = state_text(a->state,
                                      "recorded with checks (%s): blocks are "
                                      "larger than asked for and wait before "
                                      "they are free, so they lie elsewhere "
                                      "than without",
                                      fact->value)});
}

// ---- quality ----

static void say_quality(struct answer *a) {
    const struct answer_state *state = a->state;
    struct answer_quality *q = &a->quality;
    char ***list = &q->sentences;
    size_t *count = &q->sentence_count;
    struct pool *pool = &a->state->pool;

    // Where the file ends by now is no damage while it grows.
    size_t damage = state->of->file.damage_count;
    if (q->running && state->of->file.truncated && damage > 0)
        damage--;
    for (size_t i = 0; i < damage; i++)
        texts_add(pool, list, count, "%s", state->of->file.damage[i].what.text);
    if (q->damaged_blocks > state->of->file.damage_count)
        texts_add(pool, list, count, "%s: %" PRIu64 " more damaged places",
                  a->path,
                  q->damaged_blocks - (uint64_t)state->of->file.damage_count);
    if (q->missing_events > 0)
        texts_add(pool, list, count,
                  "%s: %s events are missing (found %s, expected %s): sums "
                  "and sites may be wrong",
                  a->path, number_exact(q->missing_events).text,
                  number_exact(a->events).text,
                  number_exact(a->events + q->missing_events).text);
    if (q->lost_events > 0)
        texts_add(pool, list, count,
                  "%s: the recorder lost %s events (expected 0); record "
                  "with a larger --buffer",
                  a->path, number_exact(q->lost_events).text);
    if (q->running)
        texts_add(pool, list, count,
                  "%s: the recording is still running: this is what was "
                  "written by now, %" PRIu64 " bytes",
                  a->path, a->trace_bytes);
    else if (!q->ended && !state->of->file.truncated)
        texts_add(pool, list, count,
                  "%s: the recording was not closed: no closing block up to "
                  "byte %" PRIu64 " (was the program killed, did it end by "
                  "_exit or exec, or is it running?); its last 0.1 s may be "
                  "missing",
                  a->path, a->trace_bytes);
}

static void fill_quality(struct answer *a) {
    const struct answer_state *state = a->state;
    const struct metrics *whole = &state->of->whole.metrics;
    const struct sums *sums = &whole->sums, *early = &state->early.metrics.sums;
    struct answer_quality *q = &a->quality;

    q->ended = state->tables.has_trailer;
    q->running = !q->ended && process_runs(a->process_id, a->start_unix_ns);
    q->blocks = state->of->file.block_count;
    for (size_t i = 0; i < state->of->file.block_count; i++)
        q->blocks -= state->of->file.blocks[i].damaged;
    q->damaged_blocks = state->of->file.damaged_blocks;
    q->damaged_bytes = state->of->file.damaged_bytes;
    if (q->running && state->of->file.truncated && q->damaged_blocks > 0)
        q->damaged_blocks--;
    q->missing_events = state->of->missing_events;
    q->lost_events = whole->notes.lost_events;
    if (q->ended) {
        uint64_t known = a->events + q->missing_events;
        if (state->tables.trailer.events > known)
            q->missing_events += state->tables.trailer.events - known;
        if (state->tables.trailer.lost_events > q->lost_events)
            q->lost_events = state->tables.trailer.lost_events;
    }
    q->repairs = state->of->whole.heap.repairs;
    q->unresolved = whole->contradictions.total;
    q->identity_checks = sums->checks;
    q->identity_failures = sums->check_failures;
    if (!state->at_end) {
        q->identity_checks += early->checks;
        q->identity_failures += early->check_failures;
    }
    q->worst_residual_bytes = sums->worst_residual;
    q->walks = whole->walks.count;
    q->walk_checked = whole->walks.checked;
    q->walk_mismatches = whole->walks.mismatches;
    q->stack_checks = trace_fact_number(&state->tables, "stack_checks", 0);
    q->stack_differences =
        trace_fact_number(&state->tables, "stack_differences", 0);
    q->stack_sample_bytes =
        trace_fact_number(&state->tables, "stack_sample_bytes", 0);
    const struct trace_fact *clock = trace_fact(&state->tables, "clock");
    q->clock_is_coarse = clock && strcmp(clock->value, "coarse") == 0;
    q->complete = q->ended && !q->cut_short && q->damaged_blocks == 0 &&
                  q->missing_events == 0 && q->lost_events == 0;
}

static int compare_findings(const void *left, const void *right) {
    const struct answer_finding *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity < b->severity ? -1 : 1;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->site < b->site ? -1 : a->site > b->site;
}

// A pop that no push came before.
static void add_tags(struct answer *a) {
    uint64_t count =
        trace_fact_number(&a->state->tables, "tag_pops_refused", 0);
    if (count == 0)
        return;
    add_finding(
        a, &(struct answer_finding){
               .severity = SEVERITY_WARNING,
               .kind = "tags",
               .certain = true,
               .count = count,
               .site = ANSWER_NONE,
               .text = state_text(
                   a->state,
                   "%s tag%s popped that no push had come before; what "
                   "was allocated under tags may be counted under "
                   "others.",
                   number_exact(count).text, count == 1 ? " was" : "s were")});
}

void findings_fill(struct answer *a) {
    fill_quality(a);
    say_quality(a);
    add_contradictions(a);
    add_checks(a);
    add_snapshots(a);
    add_pins(a);
    add_growth(a);
    add_leak(a);
    add_missing_files(a);
    add_unnamed(a);
    add_unrecorded(a);
    add_checked(a);
    add_heap_bugs(a);
    add_tags(a);
    if (a->finding_count > 0)
        qsort(a->findings, a->finding_count, sizeof *a->findings,
              compare_findings);
}
