// json.c - the answer as one JSON object, "rpscope.report/1".
//
// report.schema.json says the same for machines. Keys are only ever added.
#include <string.h>

#include "viewer/answer/groups.h"
#include "viewer/answer/table_list.h"
#include "viewer/answer/totals_table.h"
#include "viewer/base/json.h"
#include "viewer/output/json_value.h"
#include "viewer/output/report.h"

enum { KEY_BYTES = 64 };

static void put_part(struct json *json, enum part part, uint64_t bytes) {
    char key[KEY_BYTES];
    snprintf(key, sizeof key, "%s_bytes", answer_part_key(part));
    json_number(json, key, bytes);
}

static void put_moment(struct json *json, const char *key,
                       const struct moment *moment) {
    json_open(json, key, '{');
    json_number(json, "at_ns", moment->time_ns);
    json_number(json, "event", moment->event);
    json_number(json, "held_bytes", moment->held_bytes);
    for (enum part part = 0; part < PARTS; part++)
        put_part(json, part, moment->part_bytes[part]);
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
    for (enum part part = 0; part < PARTS; part++)
        put_part(json, part, (uint64_t)a->parts[part].mean_bytes);
    json_close(json, '}');
    json_close(json, '}');
}

static void put_ratio(struct json *json, const char *key, double ratio) {
    if (ratio > 0)
        json_real(json, key, ratio);
    else
        json_null(json, key);
}

static void put_table(struct json *json, struct answer *a,
                      const struct data_table *table) {
    json_open(json, table->key, '[');
    for (size_t i = 0; i < table->count(a); i++) {
        const void *row = table->row(a, i);
        json_open(json, NULL, '{');
        for (const struct table_column *c = table->columns; c->key; c++)
            json_value(json, a, c, row);
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
    json_bool(json, "clock_is_coarse", q->clock_is_coarse);
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
    const char *by = options ? options->by : NULL;

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
    json_text(&json, "inherited", a->inherited);
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
    json_text(&json, "memory", a->memory);
    json_text(&json, "huge_pages", a->huge_pages);
    json_number(&json, "huge_page_bytes", a->huge_page_bytes);
    json_bool(&json, "huge_pages_seen", a->huge_pages_seen);
    json_open(&json, "verdict", '[');
    for (size_t i = 0; i < a->verdict_count; i++)
        json_text(&json, NULL, a->verdict[i]);
    json_close(&json, ']');
    for (size_t i = 0; data_tables[i]; i++) {
        if (data_tables[i] == &totals_table || data_tables[i]->is_long)
            continue; // they are what stands above, or too long
        if (strcmp(data_tables[i]->key, "snapshots") == 0)
            put_residency(&json, a);
        put_table(&json, a, data_tables[i]);
    }
    if (by) {
        json_text(&json, "groups_by", by);
        put_table(&json, a, &groups_table);
    }
    put_quality(&json, a);
    json_close(&json, '}');
    putc('\n', out);
}
