// tell.c - what the rules have found: as text, JSON, JUnit, or for GitHub.
#include "viewer/check/tell.h"

#include <math.h>
#include <string.h>

#include "viewer/answer/heap_tables.h"
#include "viewer/answer/site_tables.h"
#include "viewer/base/escape.h"
#include "viewer/base/json.h"
#include "viewer/base/number.h"
#include "viewer/export/html.h"
#include "viewer/output/json_value.h"

enum { SENTENCE_BYTES = 4096, ESCAPED_BYTES = 3 * SENTENCE_BYTES };

// ---- one rule as a sentence ----

static struct number say_number(const struct rule *rule, double number) {
    struct number text;
    const struct table_column *column = rule->column;
    int64_t whole = (int64_t)(number < 0 ? number - 0.5 : number + 0.5);
    if (column && column->unit == TABLE_BYTES)
        return whole < 0 || column->kind == TABLE_SIGNED
                   ? number_iec_signed(whole)
                   : number_iec((uint64_t)whole);
    if (column && column->unit == TABLE_NS && whole >= 0)
        return number_time((uint64_t)whole);
    if (column && column->kind == TABLE_REAL)
        snprintf(text.text, sizeof text.text, "%.4g", number);
    else if (whole >= 0 && fabs(number - (double)whole) < 1e-9)
        return number_exact((uint64_t)whole);
    else
        snprintf(text.text, sizeof text.text, "%.10g", number);
    return text;
}

static const struct site *site_of(const struct outcome *o) {
    return o->row && (o->rule->table == &sites_table ||
                      o->rule->table == &pins_table)
               ? &((const struct answer_site *)o->row)->where
               : NULL;
}

// Whose the value is: a call site, or what names the row.
static void say_whose(const struct outcome *o, char *out, size_t size) {
    const struct site *site = site_of(o);
    *out = '\0';
    if (site) {
        char sentence[SITE_SENTENCE_BYTES];
        site_sentence(site, sentence, sizeof sentence);
        escape_text(out, size, sentence);
        return;
    }
    const struct table_column *column = o->rule->table->columns;
    if (!o->row)
        return;
    if (o->rule->table == &classes_table) {
        char class[64];
        table_class_name(o->row, TABLE_REPORT, class, sizeof class);
        snprintf(out, size, "size class %s", class);
        return;
    }
    struct table_value value = table_value(o->of, column, o->row);
    snprintf(out, size, "%s %llu", column->title,
             (unsigned long long)value.number);
}

// "12.1 MiB at session_new (session.c:88), 3 of 40 rows", without the verdict.
static void say_found(const struct outcome *o, char *out, size_t size) {
    char whose[2 * SITE_SENTENCE_BYTES];
    say_whose(o, whose, sizeof whose);
    if (!o->known) {
        snprintf(out, size, "no row is chosen");
        return;
    }
    int at = snprintf(out, size, "%s%s%s", say_number(o->rule, o->value).text,
                      *whose ? " at " : "", whose);
    if (o->least < o->most && (size_t)at < size)
        at += snprintf(out + at, size - (size_t)at, " (%s to %s in the runs)",
                       say_number(o->rule, o->least).text,
                       say_number(o->rule, o->most).text);
    if (o->rule->has_base && (size_t)at < size)
        at += snprintf(out + at, size - (size_t)at, ", the limit is %s",
                       say_number(o->rule, o->limit).text);
    if (o->doubt > 0 && (size_t)at < size)
        at += snprintf(out + at, size - (size_t)at,
                       " and %s for the spread of the runs",
                       say_number(o->rule, o->doubt).text);
    if (o->breaking > 1 && (size_t)at < size)
        snprintf(out + at, size - (size_t)at, "; %zu of %zu rows break it",
                 o->breaking, o->rows);
}

static size_t broken(const struct findings *f) {
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        count += !f->outcomes[i].holds;
    return count;
}

// ---- the formats ----

void tell_text(const struct findings *f, FILE *out) {
    char found[SENTENCE_BYTES], rule[SENTENCE_BYTES];
    for (size_t i = 0; i < f->count; i++) {
        const struct outcome *o = &f->outcomes[i];
        say_found(o, found, sizeof found);
        escape_text(rule, sizeof rule, o->rule->text);
        fprintf(out, "%s  %s: %s\n", o->holds ? "PASS" : "FAIL", rule, found);
    }
    if (broken(f))
        fprintf(out, "%zu of %zu rules are broken.\n", broken(f), f->count);
    else
        fprintf(out, "%s.\n",
                f->count == 1 ? "The rule holds" : "All rules hold");
}

static void put_outcome(struct json *json, const struct outcome *o) {
    char found[SENTENCE_BYTES];
    say_found(o, found, sizeof found);
    json_open(json, NULL, '{');
    json_text(json, "rule", o->rule->text);
    json_bool(json, "holds", o->holds);
    json_text(json, "found", found);
    if (o->known) {
        json_double(json, "value", o->value);
        json_double(json, "limit", o->limit);
        json_double(json, "least", o->least);
        json_double(json, "most", o->most);
        json_double(json, "doubt", o->doubt);
    } else {
        json_null(json, "value");
        json_null(json, "limit");
        json_null(json, "least");
        json_null(json, "most");
        json_null(json, "doubt");
    }
    json_number(json, "rows", o->rows);
    json_number(json, "breaking_rows", o->breaking);
    if (o->row) {
        json_open(json, "row", '{');
        for (const struct table_column *c = o->rule->table->columns; c->key;
             c++)
            if (c->kind != TABLE_FRAMES)
                json_value(json, o->of, c, o->row);
        json_close(json, '}');
    } else {
        json_null(json, "row");
    }
    json_close(json, '}');
}

static bool is_complete(const struct runs *runs) {
    for (size_t i = 0; i < runs->count; i++)
        if (!runs->list[i]->quality.complete)
            return false;
    return true;
}

void tell_json(const struct findings *f, FILE *out) {
    struct json json = {.out = out};
    const struct answer *first = f->runs->list[0];
    json_open(&json, NULL, '{');
    json_text(&json, "schema", "rpscope.check/1");
    json_text(&json, "trace", first->path);
    json_text(&json, "baseline",
              f->base->count ? f->base->list[0]->path : NULL);
    runs_json(&json, "runs", f->runs);
    runs_json(&json, "runs_of_baseline", f->base);
    json_number(&json, "at_ns", first->now.time_ns);
    json_bool(&json, "complete", is_complete(f->runs));
    json_bool(&json, "holds", broken(f) == 0);
    json_open(&json, "rules", '[');
    for (size_t i = 0; i < f->count; i++)
        put_outcome(&json, &f->outcomes[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', out);
}

void tell_junit(const struct findings *f, FILE *out) {
    char found[SENTENCE_BYTES];
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
    fprintf(out,
            "<testsuite name=\"rpscope check\" tests=\"%zu\" "
            "failures=\"%zu\">\n",
            f->count, broken(f));
    for (size_t i = 0; i < f->count; i++) {
        const struct outcome *o = &f->outcomes[i];
        say_found(o, found, sizeof found);
        fputs("  <testcase classname=\"rpscope\" name=\"", out);
        html_text(o->rule->text, out);
        if (o->holds) {
            fputs("\"/>\n", out);
            continue;
        }
        fputs("\">\n    <failure message=\"", out);
        html_text(found, out);
        fputs("\"/>\n  </testcase>\n", out);
    }
    fputs("</testsuite>\n", out);
}

// Of a command of GitHub's: what would end a message or a property is %XX.
static void put_github(const char *text, bool property, FILE *out) {
    char escaped[ESCAPED_BYTES];
    escape_text(escaped, sizeof escaped, text);
    for (const char *at = escaped; *at; at++)
        if (strchr(property ? "%:,\r\n" : "%\r\n", *at))
            fprintf(out, "%%%02X", (unsigned)*at);
        else
            putc(*at, out);
}

void tell_github(const struct findings *f, FILE *out) {
    char found[SENTENCE_BYTES];
    for (size_t i = 0; i < f->count; i++) {
        const struct outcome *o = &f->outcomes[i];
        const struct site *site = site_of(o);
        if (o->holds)
            continue;
        say_found(o, found, sizeof found);
        fputs("::error ", out);
        if (site && site->file) {
            fputs("file=", out);
            put_github(site->file, true, out);
            if (site->line)
                fprintf(out, ",line=%u", site->line);
            putc(',', out);
        }
        fputs("title=rpscope check::", out);
        put_github(o->rule->text, false, out);
        fputs(": ", out);
        put_github(found, false, out);
        putc('\n', out);
    }
}
