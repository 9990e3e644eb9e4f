// tell.c - what the rules have found: as text, JSON, JUnit, SARIF, or for
// GitHub.
#include "viewer/check/tell.h"

#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/json.h"
#include "viewer/check/sentence.h"
#include "viewer/export/html.h"
#include "viewer/output/json_value.h"

enum { ESCAPED_BYTES = 3 * SENTENCE_BYTES };

static size_t broken(const struct findings *f) {
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        count += !f->outcomes[i].holds;
    return count;
}

void tell_text(const struct findings *f, FILE *out) {
    char found[SENTENCE_BYTES], rule[SENTENCE_BYTES];
    for (size_t i = 0; i < f->count; i++) {
        const struct outcome *o = &f->outcomes[i];
        sentence_found(o, found, sizeof found);
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
    sentence_found(o, found, sizeof found);
    json_open(json, NULL, '{');
    json_text(json, "rule", o->rule->text);
    json_text(json, "file", o->rule->file);
    if (o->rule->file)
        json_number(json, "line", o->rule->line);
    else
        json_null(json, "line");
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
        sentence_found(o, found, sizeof found);
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
        const struct site *site = sentence_site(o);
        if (o->holds)
            continue;
        sentence_found(o, found, sizeof found);
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

// A path as a URI: what is no letter, digit or one of "/-._~" is %XX.
static void put_uri(struct json *json, const char *path) {
    char uri[ESCAPED_BYTES];
    size_t size = 0;
    size +=
        (size_t)snprintf(uri, sizeof uri, "%s", *path == '/' ? "file://" : "");
    for (; *path && size + 4 < sizeof uri; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr("/-._~", c);
        size += (size_t)snprintf(uri + size, sizeof uri - size,
                                 plain ? "%c" : "%%%02X", c);
    }
    json_text(json, "uri", uri);
}

// Without bytes that are no text: there is no room for their like beside it.
static void put_plain(struct json *json, const char *key, const char *text) {
    char escaped[ESCAPED_BYTES];
    escape_text(escaped, sizeof escaped, text);
    json_text(json, key, escaped);
}

// Where the site is; else where the rule stands; else the trace.
static void put_place(struct json *json, const struct findings *f,
                      const struct outcome *o) {
    const struct site *site = sentence_site(o);
    bool of_site = site && site->file;
    const char *file = of_site         ? site->file
                       : o->rule->file ? o->rule->file
                                       : f->runs->list[0]->path;
    unsigned line = of_site ? site->line : o->rule->file ? o->rule->line : 0;
    json_open(json, "locations", '[');
    json_open(json, NULL, '{');
    json_open(json, "physicalLocation", '{');
    json_open(json, "artifactLocation", '{');
    put_uri(json, file);
    json_close(json, '}');
    if (line > 0) {
        json_open(json, "region", '{');
        json_number(json, "startLine", line);
        json_close(json, '}');
    }
    json_close(json, '}');
    json_close(json, '}');
    json_close(json, ']');
}

static void put_result(struct json *json, const struct findings *f, size_t i) {
    const struct outcome *o = &f->outcomes[i];
    char found[SENTENCE_BYTES], message[SENTENCE_BYTES + RULE_PLACED_BYTES];
    sentence_found(o, found, sizeof found);
    snprintf(message, sizeof message, "%s: %s", o->rule->text, found);
    json_open(json, NULL, '{');
    put_plain(json, "ruleId", o->rule->text);
    json_number(json, "ruleIndex", i);
    json_text(json, "level", "error");
    json_open(json, "message", '{');
    put_plain(json, "text", message);
    json_close(json, '}');
    put_place(json, f, o);
    json_close(json, '}');
}

void tell_sarif(const struct findings *f, FILE *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "version", "2.1.0");
    json_text(&json, "$schema",
              "https://json.schemastore.org/sarif-2.1.0.json");
    json_open(&json, "runs", '[');
    json_open(&json, NULL, '{');
    json_open(&json, "tool", '{');
    json_open(&json, "driver", '{');
    json_text(&json, "name", "rpscope");
    json_text(&json, "version", RPSCOPE_VERSION);
    json_open(&json, "rules", '[');
    for (size_t i = 0; i < f->count; i++) {
        json_open(&json, NULL, '{');
        put_plain(&json, "id", f->outcomes[i].rule->text);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    json_close(&json, '}');
    json_open(&json, "results", '[');
    for (size_t i = 0; i < f->count; i++)
        if (!f->outcomes[i].holds)
            put_result(&json, f, i);
    json_close(&json, ']');
    json_close(&json, '}');
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', out);
}
