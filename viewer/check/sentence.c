// sentence.c - what a rule has found, in words.
#include "viewer/check/sentence.h"

#include <math.h>
#include <stdio.h>

#include "viewer/answer/heap_tables.h"
#include "viewer/answer/site_tables.h"
#include "viewer/answer/time_tables.h"
#include "viewer/base/escape.h"
#include "viewer/base/number.h"

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

const struct site *sentence_site(const struct outcome *o) {
    return o->row && (o->rule->table == &sites_table ||
                      o->rule->table == &pins_table)
               ? &((const struct answer_site *)o->row)->where
               : NULL;
}

// Whose the value is: a call site, or what names the row.
static void say_whose(const struct outcome *o, char *out, size_t size) {
    const struct site *site = sentence_site(o);
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
    if (o->rule->table == &findings_table) {
        escape_text(out, size, ((const struct answer_finding *)o->row)->text);
        return;
    }
    if (o->rule->table == &classes_table) {
        char class[64];
        table_class_name(o->row, TABLE_REPORT, class, sizeof class);
        snprintf(out, size, "size class %s", class);
        return;
    }
    struct table_value value = table_value(o->of, column, o->row);
    if (column->kind != TABLE_TEXT) {
        snprintf(out, size, "%s %llu", column->title,
                 (unsigned long long)value.number);
        return;
    }
    char name[SITE_SENTENCE_BYTES];
    escape_text(name, sizeof name, value.known ? value.text : "");
    if (value.known)
        snprintf(out, size, "%s %s", column->title, name);
    else
        snprintf(out, size, "no %s", column->title);
}

void sentence_found(const struct outcome *o, char *out, size_t size) {
    char whose[2 * SITE_SENTENCE_BYTES];
    say_whose(o, whose, sizeof whose);
    if (!o->known) {
        snprintf(out, size, "no row is chosen");
        return;
    }
    const char *joint = !*whose                             ? ""
                        : o->rule->table == &findings_table ? ", as "
                                                            : " at ";
    int at = snprintf(out, size, "%s%s%s", say_number(o->rule, o->value).text,
                      joint, whose);
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
