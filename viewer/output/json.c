// json.c - the answer as one JSON object, "rpscope.report/1".
//
// report.schema.json says the same for machines. Keys are only ever added.
#include "instrument/format/trace_format.h"
#include "viewer/base/json.h"
#include "viewer/output/report.h"

static const char *const part_keys[PARTS] = {
    [PART_USED] = "used_bytes",
    [PART_ROUNDING] = "rounding_bytes",
    [PART_SPAN_FREE] = "span_free_bytes",
    [PART_DEFERRED] = "deferred_bytes",
    [PART_OVERHEAD] = "overhead_bytes",
    [PART_EMPTY] = "empty_bytes",
    [PART_THREAD_CACHE] = "thread_cache_bytes",
    [PART_GLOBAL_CACHE] = "global_cache_bytes",
    [PART_SEGMENT] = "segment_bytes",
    [PART_SLACK] = "slack_bytes",
};

static void put_moment(struct json *json, const char *key,
                       const struct moment *moment) {
    json_open(json, key, '{');
    json_number(json, "at_ns", moment->time_ns);
    json_number(json, "event", moment->event);
    json_number(json, "held_bytes", moment->held_bytes);
    for (int i = 0; i < PARTS; i++)
        json_number(json, part_keys[i], moment->part_bytes[i]);
    json_signed(json, "residual_bytes", moment->residual_bytes);
    json_number(json, "live_blocks", moment->live_blocks);
    json_close(json, '}');
}

static void put_or_null(struct json *json, const char *key, int number) {
    if (number < 0)
        json_null(json, key);
    else
        json_number(json, key, (uint64_t)number);
}

static void put_bytes(struct json *json, const struct answer *a) {
    json_open(json, "bytes", '{');
    put_moment(json, "now", &a->now);
    put_moment(json, "at_peak_held", &a->peak_held);
    put_moment(json, "at_peak_used", &a->peak_used);
    json_open(json, "mean", '{');
    json_number(json, "held_bytes", (uint64_t)a->mean_held_bytes);
    for (int i = 0; i < PARTS; i++)
        json_number(json, part_keys[i],
                    a->mean_part_bytes[i] > 0 ? (uint64_t)a->mean_part_bytes[i]
                                              : 0);
    json_close(json, '}');
    json_close(json, '}');
}

static void put_ratio(struct json *json, const char *key, double ratio) {
    if (ratio > 0)
        json_real(json, key, ratio);
    else
        json_null(json, key);
}

static void put_classes(struct json *json, const struct answer *a) {
    json_open(json, "classes", '[');
    for (size_t i = 0; i < a->class_count; i++) {
        const struct answer_class *c = &a->classes[i];
        bool has_blocks = c->blocks_per_span > 0;
        json_open(json, NULL, '{');
        json_number(json, "index", c->index);
        json_text(json, "name",
                  c->index == TRACE_CLASS_LARGE  ? "large"
                  : c->index == TRACE_CLASS_HUGE ? "huge"
                                                 : "small");
        if (has_blocks) {
            json_number(json, "block_bytes", c->block_bytes);
            json_number(json, "blocks_per_span", c->blocks_per_span);
        } else {
            json_null(json, "block_bytes");
            json_null(json, "blocks_per_span");
        }
        json_number(json, "spans", c->spans);
        json_number(json, "part_spans", c->part_spans);
        json_number(json, "empty_spans", c->empty_spans);
        json_number(json, "live_blocks", c->live_blocks);
        json_number(json, "deferred_blocks", c->deferred_blocks);
        json_number(json, "used_bytes", c->used_bytes);
        json_number(json, "rounding_bytes", c->rounding_bytes);
        json_number(json, "free_bytes", c->free_bytes);
        json_number(json, "allocations", c->allocations);
        json_number(json, "frees", c->frees);
        json_number(json, "peak_live_blocks", c->peak_live_blocks);
        json_number(json, "compactable_spans", c->compactable_spans);
        json_open(json, "fullness", '[');
        for (int bin = 0; bin < ANSWER_FULLNESS_BINS; bin++)
            json_number(json, NULL, c->fullness[bin]);
        json_close(json, ']');
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_frames(struct json *json, struct answer *a, size_t stack) {
    size_t count;
    const struct frame *frames = answer_frames(a, stack, &count);
    json_open(json, "frames", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "function", frames[i].function);
        json_text(json, "file", frames[i].file);
        if (frames[i].line)
            json_number(json, "line", frames[i].line);
        else
            json_null(json, "line");
        json_text(json, "module", frames[i].module);
        json_hex(json, "offset", frames[i].offset);
        json_hex(json, "address", frames[i].address);
        json_bool(json, "inlined", frames[i].inlined);
        json_text(json, "kind",
                  frames[i].kind == FRAME_USER        ? "user"
                  : frames[i].kind == FRAME_ALLOCATOR ? "allocator"
                                                      : "library");
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_site_name(struct json *json, const struct site *site) {
    json_text(json, "function", site->function);
    json_text(json, "file", site->file);
    if (site->line)
        json_number(json, "line", site->line);
    else
        json_null(json, "line");
    json_text(json, "module", site->module);
}

static void put_pin_counts(struct json *json, const struct answer_counts *c) {
    json_number(json, "share_bytes", c->share_bytes);
    json_number(json, "alone_bytes", c->alone_bytes);
    json_signed(json, "moved_bytes", c->moved_bytes);
    json_number(json, "spans", c->spans);
    json_number(json, "alone_spans", c->alone_spans);
    json_number(json, "share_mean_bytes", (uint64_t)c->share_mean);
}

static void put_sites(struct json *json, struct answer *a) {
    json_open(json, "sites", '[');
    for (size_t i = 0; i < a->site_count; i++) {
        const struct answer_site *site = &a->sites[i];
        const struct answer_counts *c = &site->counts;
        json_open(json, NULL, '{');
        put_site_name(json, &site->where);
        json_number(json, "stacks", site->stack_count);
        json_number(json, "live_blocks", c->live_blocks);
        json_number(json, "live_bytes", c->live_bytes);
        json_number(json, "rounding_bytes", c->rounding_bytes);
        json_number(json, "allocations", c->allocations);
        json_number(json, "frees", c->frees);
        json_number(json, "allocated_bytes", c->allocated_bytes);
        json_number(json, "temporary", c->temporary);
        json_number(json, "at_peak_used_bytes", c->peak_used_bytes);
        put_pin_counts(json, c);
        put_frames(json, a, site->first_stack);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_pins(struct json *json, struct answer *a) {
    json_open(json, "pins", '[');
    for (size_t i = 0; i < a->pin_count; i++) {
        const struct answer_site *site = &a->sites[a->pins[i]];
        json_open(json, NULL, '{');
        json_number(json, "site", a->pins[i]);
        put_site_name(json, &site->where);
        put_pin_counts(json, &site->counts);
        json_number(json, "live_blocks", site->counts.live_blocks);
        json_number(json, "live_bytes", site->counts.live_bytes);
        put_frames(json, a, site->first_stack);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "together", '[');
    for (size_t i = 0; i < a->together_count; i++) {
        json_open(json, NULL, '{');
        json_number(json, "site", a->together[i].site);
        json_number(json, "bytes", a->together[i].bytes);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_heaps(struct json *json, const struct answer *a) {
    json_open(json, "heaps", '[');
    for (size_t i = 0; i < a->heap_count; i++) {
        const struct answer_heap *h = &a->heaps[i];
        json_open(json, NULL, '{');
        json_number(json, "number", h->number);
        json_bool(json, "orphan", h->orphan);
        json_text(json, "thread", h->thread);
        json_number(json, "thread_id", h->thread_id);
        json_number(json, "used_bytes", h->used_bytes);
        json_number(json, "held_bytes", h->held_bytes);
        json_number(json, "free_bytes", h->free_bytes);
        json_number(json, "deferred_bytes", h->deferred_bytes);
        json_number(json, "cache_bytes", h->cache_bytes);
        json_number(json, "spans", h->spans);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_threads(struct json *json, const struct answer *a) {
    json_open(json, "threads", '[');
    for (size_t i = 0; i < a->thread_count; i++) {
        const struct answer_thread *t = &a->threads[i];
        json_open(json, NULL, '{');
        json_number(json, "ring", t->ring);
        json_number(json, "thread_id", t->thread_id);
        json_text(json, "name", t->name);
        json_number(json, "start_ns", t->start_ns);
        json_number(json, "end_ns", t->end_ns);
        json_number(json, "events", t->events);
        json_number(json, "allocations", t->allocations);
        json_number(json, "allocated_bytes", t->allocated_bytes);
        json_number(json, "frees", t->frees);
        json_number(json, "deferred_frees", t->deferred_frees);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_timeline(struct json *json, const struct answer *a) {
    json_open(json, "timeline", '[');
    for (size_t i = 0; i < a->point_count; i++) {
        const struct timeline_point *p = &a->points[i];
        json_open(json, NULL, '{');
        json_number(json, "at_ns", p->time_ns);
        json_number(json, "used_bytes", p->used_bytes);
        json_number(json, "held_bytes", p->held_bytes);
        json_number(json, "used_max_bytes", p->used_max);
        json_number(json, "held_max_bytes", p->held_max);
        json_number(json, "allocations", p->allocations);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "marks", '[');
    for (size_t i = 0; i < a->mark_count; i++) {
        json_open(json, NULL, '{');
        json_number(json, "at_ns", a->marks[i].time_ns);
        json_text(json, "text", a->marks[i].text);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_residency(struct json *json, const struct answer *a) {
    const struct answer_residency *r = &a->residency;
    if (r->samples == 0) {
        json_null(json, "residency");
        return;
    }
    json_open(json, "residency", '{');
    json_number(json, "samples", r->samples);
    json_number(json, "at_ns", r->time_ns);
    json_number(json, "held_bytes", r->held_bytes);
    json_number(json, "mapped_bytes", r->mapped_bytes);
    json_number(json, "resident_bytes", r->resident_bytes);
    json_close(json, '}');
}

static void put_snapshots(struct json *json, const struct answer *a) {
    json_open(json, "snapshots", '[');
    for (size_t i = 0; i < a->snapshot_count; i++) {
        const struct answer_snapshot *s = &a->snapshots[i];
        json_open(json, NULL, '{');
        json_number(json, "number", s->number);
        json_number(json, "at_ns", s->time_ns);
        json_bool(json, "has_state", s->has_state);
        json_number(json, "held_bytes", s->held_bytes);
        json_number(json, "used_bytes", s->used_bytes);
        json_number(json, "live_blocks", s->live_blocks);
        json_number(json, "classes_checked", s->checked);
        json_number(json, "classes_differ", s->mismatches);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_findings(struct json *json, const struct answer *a) {
    static const char *const severities[] = {"error", "warning", "note"};
    json_open(json, "findings", '[');
    for (size_t i = 0; i < a->finding_count; i++) {
        const struct answer_finding *f = &a->findings[i];
        json_open(json, NULL, '{');
        json_text(json, "severity", severities[f->severity]);
        json_text(json, "kind", f->kind);
        json_bool(json, "certain", f->certain);
        json_number(json, "count", f->count);
        json_number(json, "at_ns", f->time_ns);
        json_text(json, "thread", f->thread);
        if (f->site == (uint32_t)ANSWER_NONE)
            json_null(json, "site");
        else
            json_number(json, "site", f->site);
        json_text(json, "text", f->text);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_quality(struct json *json, const struct answer *a) {
    const struct answer_quality *q = &a->quality;
    json_open(json, "quality", '{');
    json_bool(json, "complete", q->complete);
    json_bool(json, "ended", q->ended);
    json_number(json, "blocks", q->blocks);
    json_number(json, "damaged_blocks", q->damaged_blocks);
    json_number(json, "damaged_bytes", q->damaged_bytes);
    json_number(json, "missing_events", q->missing_events);
    json_number(json, "lost_events", q->lost_events);
    json_number(json, "repairs", q->repairs);
    json_number(json, "unresolved", q->unresolved);
    json_number(json, "identity_checks", q->identity_checks);
    json_number(json, "identity_failures", q->identity_failures);
    json_signed(json, "worst_residual_bytes", q->worst_residual_bytes);
    json_number(json, "walks", q->walks);
    json_number(json, "walk_checked", q->walk_checked);
    json_number(json, "walk_mismatches", q->walk_mismatches);
    json_bool(json, "pins_conserved", q->pins_conserved);
    json_number(json, "stack_checks", q->stack_checks);
    json_number(json, "stack_differences", q->stack_differences);
    json_number(json, "stack_sample_bytes", q->stack_sample_bytes);
    json_text(json, "stopped", q->stopped);
    json_number(json, "stopped_ns", q->stopped_ns);
    json_number(json, "run_ns", q->run_ns);
    json_open(json, "sentences", '[');
    for (size_t i = 0; i < q->sentence_count; i++)
        json_text(json, NULL, q->sentences[i]);
    json_close(json, ']');
    json_close(json, '}');
}

void report_json(struct answer *a, const struct report_options *options,
                 FILE *out) {
    struct json json = {.out = out};
    (void)options;

    json_open(&json, NULL, '{');
    json_text(&json, "schema", "rpscope.report/1");
    json_text(&json, "trace", a->path);
    json_text(&json, "program", a->program);
    json_text(&json, "command", a->command);
    json_open(&json, "arguments", '[');
    for (size_t i = 0; i < a->argument_count; i++)
        json_text(&json, NULL, a->arguments[i]);
    json_close(&json, ']');
    json_number(&json, "process_id", a->process_id);
    json_number(&json, "start_unix_ns", a->start_unix_ns);
    json_number(&json, "duration_ns", a->duration_ns);
    json_number(&json, "window_ns", a->window_ns);
    json_open(&json, "ending", '{');
    json_text(&json, "text", a->ended);
    put_or_null(&json, "code", a->exit_code);
    put_or_null(&json, "signal", a->exit_signal);
    json_close(&json, '}');
    json_number(&json, "at_ns", a->now.time_ns);
    json_number(&json, "events", a->events);
    json_number(&json, "lost_events", a->quality.lost_events);
    json_number(&json, "trace_bytes", a->trace_bytes);
    json_number(&json, "used_bytes", a->now.part_bytes[PART_USED]);
    json_number(&json, "held_bytes", a->now.held_bytes);
    json_number(&json, "peak_used_bytes", a->peak_used_bytes);
    json_number(&json, "peak_held_bytes", a->peak_held_bytes);
    json_signed(&json, "residual_bytes", a->now.residual_bytes);
    json_number(&json, "live_blocks", a->now.live_blocks);
    put_bytes(&json, a);
    json_open(&json, "ratios", '{');
    put_ratio(&json, "now", a->ratio_now);
    put_ratio(&json, "at_peak_used", a->ratio_at_peak_used);
    put_ratio(&json, "at_peak_held", a->ratio_at_peak_held);
    put_ratio(&json, "peak_to_peak", a->ratio_peak_to_peak);
    put_ratio(&json, "mean", a->ratio_mean);
    json_close(&json, '}');
    json_number(&json, "allocations", a->allocations);
    json_number(&json, "frees", a->frees);
    json_number(&json, "deferred_frees", a->deferred_frees);
    json_number(&json, "reallocations", a->reallocations);
    json_number(&json, "temporary", a->temporary);
    json_number(&json, "pinned_bytes", a->free_block_bytes);
    json_number(&json, "segments", a->segments);
    json_number(&json, "spans_used", a->spans_used);
    json_number(&json, "span_bytes", a->span_bytes);
    json_bool(&json, "stacks_recorded", a->stacks_recorded);
    json_open(&json, "verdict", '[');
    for (size_t i = 0; i < a->verdict_count; i++)
        json_text(&json, NULL, a->verdict[i]);
    json_close(&json, ']');
    put_classes(&json, a);
    put_sites(&json, a);
    put_pins(&json, a);
    put_heaps(&json, a);
    put_threads(&json, a);
    put_timeline(&json, a);
    put_residency(&json, a);
    put_snapshots(&json, a);
    put_findings(&json, a);
    put_quality(&json, a);
    json_close(&json, '}');
    putc('\n', out);
}
