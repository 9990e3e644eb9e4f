// text.c - the answer as text, at most 100 columns wide.
//
// Every table is followed or headed by what its numbers mean: whoever reads
// this for the first time has nothing else.
#include <inttypes.h>
#include <string.h>

#include "instrument/format/trace_format.h"
#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/names/short_name.h"
#include "viewer/output/lines.h"
#include "viewer/output/report.h"
#include "viewer/trace/ending.h"

enum { DEFAULT_TOP = 10 };

static void heading(FILE *out, const char *text) {
    fprintf(out, "\n%s\n", text);
}

// "session_new  session.c:88" in at most `width` columns; a module that stands
// for a place has brackets.
static void put_site(FILE *out, const struct site *site, size_t width) {
    struct site_text text;
    char place[520], name[1200], fitted[1200];
    site_text(site, &text);
    bool is_module = !site->file && *text.place;
    snprintf(place, sizeof place, "%s%s%s", is_module ? "[" : "", text.place,
             is_module ? "]" : "");
    // The place is short and says more than the middle of a long name.
    short_fit(fitted, sizeof fitted, place, width / 2);
    size_t left = width - strlen(fitted) - 2;
    if (*place == '\0' || left > width)
        left = width;
    short_fit(name, sizeof name, text.name, left);
    fprintf(out, "%s%s%s", name, *fitted ? "  " : "", fitted);
}

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
    put_window(out, a);
    if (a->now.event != a->events)
        fprintf(out, "moment: %s of %s; \"now\" below is that moment\n",
                number_time(a->now.time_ns).text,
                number_time(a->duration_ns).text);
}

static void put_verdict(FILE *out, const struct answer *a) {
    heading(out, "VERDICT");
    for (size_t i = 0; i < a->verdict_count; i++)
        lines_print(out, 2, "%s", a->verdict[i]);
}

static void put_bytes(FILE *out, const struct answer *a) {
    heading(out, "WHERE THE BYTES ARE");
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
    heading(out, "RESIDENT: how much of it is in memory");
    lines_print(
        out, 2,
        "At %s (the last of %s samples) %s were held in segments and huge "
        "blocks; %s of that were in memory, %s were not: never touched, "
        "given back by the program, or in swap.",
        number_time(r->time_ns).text, number_exact(r->samples).text,
        number_iec(r->held_bytes).text, number_iec(r->resident_bytes).text,
        number_iec(away).text);
}

static void put_ratios(FILE *out, const struct answer *a) {
    heading(out, "BYTES HELD PER BYTE USED (1.00 is no waste)");
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
    heading(out, "CHURN");
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

static void put_pins(FILE *out, const struct answer *a, size_t top) {
    heading(out, "PINS: whose live blocks keep free memory from being given "
                 "back");
    if (a->pin_count == 0) {
        fputs("  None: no span has both live and free blocks.\n", out);
        return;
    }
    fprintf(out, "  %10s %10s %11s %10s %8s  %s\n", "share", "alone",
            "if moved", "live data", "blocks", "call site");
    struct answer_counts rest = {0};
    size_t more = 0;
    for (size_t i = 0; i < a->pin_count; i++) {
        const struct answer_site *site = &a->sites[a->pins[i]];
        const struct answer_counts *c = &site->counts;
        if (i >= top) {
            rest.share_bytes += c->share_bytes;
            rest.alone_bytes += c->alone_bytes;
            rest.live_bytes += c->live_bytes;
            more++;
            continue;
        }
        fprintf(
            out, "  %10s %10s %11s %10s %8s  ", number_iec(c->share_bytes).text,
            number_iec(c->alone_bytes).text,
            number_iec_signed(-c->moved_bytes).text,
            number_iec(c->live_bytes).text, number_count(c->live_blocks).text);
        put_site(out, &site->where, 44);
        putc('\n', out);
    }
    if (more > 0)
        fprintf(out, "  %10s %10s %11s %10s %8s  %s more\n",
                number_iec(rest.share_bytes).text,
                number_iec(rest.alone_bytes).text, "",
                number_iec(rest.live_bytes).text, "", number_exact(more).text);
    fprintf(out, "  %10s %48sTOTAL free in spans with live blocks\n",
            number_iec(a->free_block_bytes).text, "");
    fputs("  share: free bytes of the spans its blocks live in, split evenly "
          "among the live blocks there.\n"
          "  alone: free bytes of spans where no other site has a block: given "
          "back if only these went.\n"
          "  if moved: estimate of what packing those blocks densely elsewhere "
          "changes.\n",
          out);
    if (a->together_count > 1 && a->together[a->together_count - 1].bytes > 0) {
        fputs("  Together (each line adds one site):\n", out);
        for (size_t i = 0; i < a->together_count; i++) {
            fprintf(out, "  %10s  %s", number_iec(a->together[i].bytes).text,
                    i > 0 ? "+ " : "  ");
            put_site(out, &a->sites[a->together[i].site].where, 60);
            putc('\n', out);
        }
    }
}

static void put_sites(FILE *out, const struct answer *a, size_t top) {
    heading(out, "CALL SITES by live data");
    fprintf(out, "  %10s %8s %10s %11s %8s  %s\n", "live data", "blocks",
            "rounding", "allocations", "freed", "call site");
    for (size_t i = 0; i < a->site_count && i < top; i++) {
        const struct answer_counts *c = &a->sites[i].counts;
        fprintf(out, "  %10s %8s %10s %11s %8s  ",
                number_iec(c->live_bytes).text,
                number_count(c->live_blocks).text,
                number_iec(c->rounding_bytes).text,
                number_count(c->allocations).text,
                number_percent((double)c->frees, (double)c->allocations).text);
        put_site(out, &a->sites[i].where, 44);
        putc('\n', out);
    }
    if (a->site_count > top)
        fprintf(out, "  %s more call sites\n",
                number_exact(a->site_count - top).text);
}

static void put_classes(FILE *out, const struct answer *a, size_t top) {
    heading(out, "SIZE CLASSES by free bytes in part-used spans");
    fprintf(out, "  %10s %7s %7s %7s %10s %10s %10s %10s %6s\n", "block",
            "spans", "part", "empty", "live", "used", "rounding", "free",
            "full");
    uint64_t below = UINT64_MAX;
    size_t after = 0, shown = 0;
    // Most free bytes first; equal ones in the order of the table.
    while (shown < top && shown < a->class_count) {
        size_t best = a->class_count;
        for (size_t i = 0; i < a->class_count; i++) {
            uint64_t bytes = a->classes[i].free_bytes;
            if ((bytes < below || (bytes == below && i >= after)) &&
                (best == a->class_count || bytes > a->classes[best].free_bytes))
                best = i;
        }
        if (best == a->class_count)
            break;
        const struct answer_class *c = &a->classes[best];
        below = c->free_bytes;
        after = best + 1;
        shown++;
        const char *name = c->index == TRACE_CLASS_LARGE  ? "large"
                           : c->index == TRACE_CLASS_HUGE ? "huge"
                                                          : NULL;
        uint64_t room = (c->spans - c->empty_spans) * c->blocks_per_span;
        fprintf(out, "  %10s %7s %7s %7s %10s %10s %10s %10s %6s\n",
                name ? name : number_iec(c->block_bytes).text,
                number_count(c->spans).text,
                name ? "-" : number_count(c->part_spans).text,
                name ? "-" : number_count(c->empty_spans).text,
                number_count(c->live_blocks).text,
                number_iec(c->used_bytes).text,
                number_iec(c->rounding_bytes).text,
                name ? "-" : number_iec(c->free_bytes).text,
                number_percent((double)c->live_blocks, (double)room).text);
    }
    if (a->class_count > shown)
        fprintf(out, "  %s more size classes\n",
                number_exact(a->class_count - shown).text);
    fprintf(out,
            "  A span has %s and holds blocks of one size. part: with "
            "live and free blocks.\n"
            "  full: live blocks of all that its spans have room for.\n",
            number_iec(a->span_bytes).text);
}

static void put_threads(FILE *out, const struct answer *a, size_t top) {
    heading(out, "HEAPS (a heap is one thread's memory)");
    fprintf(out, "  %5s %-22s %10s %10s %10s %12s %12s\n", "heap", "thread",
            "used", "held", "free", "thread cache", "to take back");
    for (size_t i = 0; i < a->heap_count && i < top; i++) {
        const struct answer_heap *h = &a->heaps[i];
        char name[100] = "?", fitted[100];
        if (h->thread)
            snprintf(name, sizeof name, "%.60s%s", h->thread,
                     h->orphan ? " (ended)" : "");
        else if (h->thread_id)
            snprintf(name, sizeof name, "%u%s", h->thread_id,
                     h->orphan ? " (ended)" : "");
        short_fit(fitted, sizeof fitted, name, 22);
        fprintf(out, "  %5u %-22s %10s %10s %10s %12s %12s\n", h->number,
                fitted, number_iec(h->used_bytes).text,
                number_iec(h->held_bytes).text, number_iec(h->free_bytes).text,
                number_iec(h->cache_bytes).text,
                number_iec(h->deferred_bytes).text);
    }
    if (a->heap_count > top)
        fprintf(out, "  %s more heaps\n",
                number_exact(a->heap_count - top).text);
}

static void put_findings(FILE *out, const struct answer *a, size_t top) {
    static const char *const letters[] = {"E", "W", "N"};
    heading(out, "FINDINGS (E error, W warning, N note)");
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
    }
    if (a->finding_count > top)
        fprintf(out, "  %s more findings\n",
                number_exact(a->finding_count - top).text);
}

static void put_quality(FILE *out, const struct answer *a) {
    const struct answer_quality *q = &a->quality;
    heading(out, "TRACE QUALITY");
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
    if (!a->stacks_recorded)
        fputs("  Recorded without stacks: call sites are not known.\n", out);
}

static void put_snapshots(FILE *out, const struct answer *a, size_t top) {
    if (a->snapshot_count == 0)
        return;
    heading(out, "SNAPSHOTS (report --at snapshot-N shows one)");
    fprintf(out, "  %4s %10s %10s %10s %12s  %s\n", "N", "at", "used", "held",
            "live blocks", "size classes that the recorder counted, too");
    // The last ones are what is looked for.
    size_t first = a->snapshot_count > top ? a->snapshot_count - top : 0;
    if (first > 0)
        fprintf(out, "  %s earlier ones\n", number_exact(first).text);
    for (size_t i = first; i < a->snapshot_count; i++) {
        const struct answer_snapshot *s = &a->snapshots[i];
        fprintf(out, "  %4" PRIu64 " %10s %10s %10s %12s  ", s->number,
                number_time(s->time_ns).text, number_iec(s->used_bytes).text,
                number_iec(s->held_bytes).text,
                number_exact(s->live_blocks).text);
        if (s->checked > 0)
            fprintf(out, "%s compared, %s differ\n",
                    number_exact(s->checked).text,
                    number_exact(s->mismatches).text);
        else
            fputs("none\n", out);
    }
}

void report_text(struct answer *a, const struct report_options *options,
                 FILE *out) {
    size_t top = options && options->top ? options->top : DEFAULT_TOP;
    put_head(out, a);
    put_verdict(out, a);
    put_bytes(out, a);
    put_residency(out, a);
    put_ratios(out, a);
    put_pins(out, a, top);
    put_sites(out, a, top);
    put_classes(out, a, top);
    put_threads(out, a, top);
    put_snapshots(out, a, top);
    put_findings(out, a, top);
    put_quality(out, a);
}
