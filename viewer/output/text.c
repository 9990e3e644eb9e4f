// text.c - the answer as text, at most 100 columns wide.
//
// Every table is followed or headed by what its numbers mean: whoever reads
// this for the first time has nothing else.
#include <inttypes.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/names/short_name.h"
#include "viewer/output/lines.h"
#include "viewer/output/report.h"
#include "viewer/output/text_tables.h"
#include "viewer/trace/ending.h"

enum { DEFAULT_TOP = 10 };

// Of what part of the run the recording is, if not of all.
static void put_window(FILE *out, const struct answer *a) {
    const struct trace_window window = {a->window_ns, a->duration_ns,
                                        a->last_ns, a->last_bytes};
    char text[TRACE_ENDING_BYTES];
    if (a->window_ns == 0)
        return;
    trace_ending_window(&window, text);
    lines_print(out, 0, "window: %s; counts and means are of it", text);
}

static void put_moment(FILE *out, const struct answer *a) {
    const char *which = a->at == AT_WORST
                            ? ", the worst: most held beyond use, weighted by "
                              "how long; see --at end, too"
                            : "";
    if (a->now.event == a->events)
        return;
    lines_print(out, 0, "moment: %s of %s%s; \"now\" below is that moment",
                number_time(a->now.time_ns).text,
                number_time(a->duration_ns).text, which);
}

static void put_head(FILE *out, const struct answer *a) {
    char command[160] = "?", path[400];
    if (a->command)
        short_fit(command, sizeof command, a->command, 30);
    escape_text(path, sizeof path, a->path);
    fprintf(out,
            "rpscope report: %s, pid %" PRIu32 ", %s, %s events, %zu "
            "thread%s\n",
            command, a->process_id, number_time(a->duration_ns).text,
            number_exact(a->events).text, a->thread_count,
            a->thread_count == 1 ? "" : "s");
    lines_print(out, 0, "trace: %s (%s)%s", a->path,
                number_iec(a->trace_bytes).text,
                a->quality.complete ? "" : "  NOT COMPLETE, see TRACE QUALITY");
    lines_print(out, 0, "the process %s", a->ended);
    if (a->inherited)
        lines_print(out, 0, "the process %s", a->inherited);
    put_window(out, a);
    put_moment(out, a);
}

static void put_code(FILE *out, const struct answer *a) {
    const char *line = a->verdict_code;
    if (!line)
        return;
    fputs("\n", out);
    while (*line) {
        size_t length = strcspn(line, "\n");
        fprintf(out, "    %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void put_verdict(FILE *out, const struct answer *a) {
    lines_heading(out, "VERDICT");
    for (size_t i = 0; i < a->verdict_count; i++)
        lines_print(out, 2, "%s", a->verdict[i]);
    put_code(out, a);
}

static void put_bytes(FILE *out, const struct answer *a) {
    lines_heading(out, "WHERE THE BYTES ARE");
    fprintf(out, "  %-32s %10s %14s %14s %14s\n", "", "now", "at most held",
            "at most used", "mean over time");
    for (enum part part = 0; part < PARTS; part++) {
        bool largest = part != PART_USED && part == a->verdict_part;
        fprintf(out, "%c %-32s %10s %14s %14s %14s\n", largest ? '>' : ' ',
                answer_part_name(part),
                number_iec(a->now.part_bytes[part]).text,
                number_iec(a->peak_held.part_bytes[part]).text,
                number_iec(a->peak_used.part_bytes[part]).text,
                number_iec(a->mean_part_bytes[part] > 0
                               ? (uint64_t)a->mean_part_bytes[part]
                               : 0)
                    .text);
    }
    fprintf(out, "  %-32s %10s %14s %14s %14s\n", "TOTAL held",
            number_iec(a->now.held_bytes).text,
            number_iec(a->peak_held.held_bytes).text,
            number_iec(a->peak_used.held_bytes).text,
            number_iec((uint64_t)a->mean_held_bytes).text);
    if (a->verdict_part != PART_USED)
        lines_print(out, 2, "> %s: %s.", answer_part_name(a->verdict_part),
                    answer_part_meaning(a->verdict_part));
}

static void put_residency(FILE *out, const struct answer *a) {
    const struct answer_residency *r = &a->residency;
    if (r->samples == 0)
        return;
    uint64_t away = r->held_bytes > r->resident_bytes
                        ? r->held_bytes - r->resident_bytes
                        : 0;
    lines_heading(out, "RESIDENT: how much of it is in memory");
    lines_print(
        out, 2,
        "At %s (the last of %s samples) %s were held in segments and huge "
        "blocks; %s of that were in memory, %s were not: never touched, "
        "given back by the program, or in swap.",
        number_time(r->time_ns).text, number_exact(r->samples).text,
        number_iec(r->held_bytes).text, number_iec(r->resident_bytes).text,
        number_iec(away).text);
    if (a->untouched_bytes == 0)
        return;
    const struct answer_site *most = &a->sites[0];
    for (size_t i = 1; i < a->site_count; i++)
        if (a->sites[i].untouched_bytes > most->untouched_bytes)
            most = &a->sites[i];
    char name[SITE_SENTENCE_BYTES];
    site_sentence(&most->where, name, sizeof name);
    lines_print(out, 2,
                "%s of what live blocks asked for nobody has touched, %s of it "
                "of %s.",
                number_iec(a->untouched_bytes).text,
                number_iec(most->untouched_bytes).text, name);
}

static void put_ratios(FILE *out, const struct answer *a) {
    lines_heading(out, "BYTES HELD PER BYTE USED (1.00 is no waste)");
    fprintf(out,
            "  now %s   when most was used %s   when most was held %s   "
            "most held / most used %s\n"
            "  mean held / mean used %s\n",
            number_ratio(a->ratio_now, a->ratio_now > 0).text,
            number_ratio(a->ratio_at_peak_used, a->ratio_at_peak_used > 0).text,
            number_ratio(a->ratio_at_peak_held, a->ratio_at_peak_held > 0).text,
            number_ratio(a->ratio_peak_to_peak, a->ratio_peak_to_peak > 0).text,
            number_ratio(a->ratio_mean, a->ratio_mean > 0).text);
    double seconds = (double)(a->now.time_ns - a->window_ns) / 1e9;
    lines_heading(out, "CHURN");
    fprintf(
        out, "  %s allocations (%s a second), %s frees, %s blocks live now\n",
        number_exact(a->allocations).text,
        number_count(seconds > 0 ? (uint64_t)((double)a->allocations / seconds)
                                 : a->allocations)
            .text,
        number_exact(a->frees).text, number_exact(a->now.live_blocks).text);
    fprintf(out,
            "  %s freed before the thread's next allocation; %s of the frees "
            "by another thread\n",
            number_percent((double)a->temporary, (double)a->allocations).text,
            number_percent((double)a->deferred_frees, (double)a->frees).text);
}

// Lines, each indented as it is there, and further.
static void put_details(FILE *out, const char *details) {
    for (const char *line = details; line && *line;) {
        size_t indent = strspn(line, " "), bytes = strcspn(line, "\n");
        if (bytes > indent)
            lines_print(out, 4 + indent, "%.*s", (int)(bytes - indent),
                        line + indent);
        line += bytes + (line[bytes] == '\n');
    }
}

static void put_findings(FILE *out, const struct answer *a, size_t top) {
    static const char *const letters[] = {"E", "W", "N"};
    lines_heading(out, "FINDINGS (E error, W warning, N note)");
    if (a->finding_count == 0)
        fputs("  None.\n", out);
    for (size_t i = 0; i < a->finding_count && i < top; i++) {
        const struct answer_finding *f = &a->findings[i];
        char when[160] = "";
        if (f->time_ns > 0)
            snprintf(when, sizeof when, " (%s%sat %s%s%.40s)",
                     f->count > 1 ? number_exact(f->count).text : "",
                     f->count > 1 ? " times, first " : "",
                     number_time(f->time_ns).text,
                     f->thread ? " in thread " : "",
                     f->thread ? f->thread : "");
        lines_print(out, 2, "%s %s%s: %s%s", letters[f->severity], f->kind,
                    f->certain ? "" : "?", f->text, when);
        put_details(out, f->details);
    }
    if (a->finding_count > top)
        fprintf(out, "  %s more findings\n",
                number_exact(a->finding_count - top).text);
}

static void put_quality(FILE *out, const struct answer *a) {
    const struct answer_quality *q = &a->quality;
    lines_heading(out, "TRACE QUALITY");
    for (size_t i = 0; i < q->sentence_count; i++)
        lines_print(out, 2, "%s", q->sentences[i]);
    if (q->complete)
        fputs("  Complete: nothing lost, nothing damaged.\n", out);
    lines_print(out, 2,
                "The parts add up to what is held: residual %" PRId64
                " B now, wrong at %s of %s checks.",
                a->now.residual_bytes, number_exact(q->identity_failures).text,
                number_exact(q->identity_checks).text);
    if (q->walks > 0)
        lines_print(
            out, 2,
            "The allocator counted its own blocks: %s size classes compared, "
            "%s differ.",
            number_exact(q->walk_checked).text,
            number_exact(q->walk_mismatches).text);
    if (q->repairs > 0 || q->unresolved > 0)
        lines_print(
            out, 2,
            "%s events were put into order across threads, %s contradict "
            "the others.",
            number_exact(q->repairs).text, number_exact(q->unresolved).text);
    if (!q->pins_conserved)
        fputs("  The shares of the pins do not add up: a fault of rpscope.\n",
              out);
    if (q->stack_checks > 0)
        lines_print(
            out, 2,
            "The recorder took %s call stacks a second time with libunwind, "
            "%s differ.",
            number_exact(q->stack_checks).text,
            number_exact(q->stack_differences).text);
    if (q->stack_sample_bytes > 0)
        lines_print(
            out, 2,
            "Call stacks are those of a sample, one allocation in about %s: "
            "the rest is under no call site.",
            number_iec(q->stack_sample_bytes).text);
    if (q->clock_is_coarse)
        lines_print(out, 2,
                    "Recorded by a coarse clock: an event may have come up to "
                    "0.1 s later than it is told, but none before its cause.");
    if (!a->stacks_recorded)
        fputs("  Recorded without stacks: call sites are not known.\n", out);
}

void report_text(struct answer *a, const struct report_options *options,
                 FILE *out) {
    size_t top = options && options->top ? options->top : DEFAULT_TOP;
    put_head(out, a);
    put_verdict(out, a);
    put_bytes(out, a);
    put_residency(out, a);
    put_ratios(out, a);
    text_tables(out, a, top, options ? options->by : NULL);
    put_findings(out, a, top);
    put_quality(out, a);
}
