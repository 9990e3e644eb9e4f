// measure.c - whether a rule holds of a recording, and by how much.
#include "viewer/check/measure.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/free_table.h"
#include "viewer/answer/site_tables.h"
#include "viewer/answer/tag_tables.h"
#include "viewer/answer/time_tables.h"
#include "viewer/answer/totals_table.h"

// What one thing is compared with: a row, a sum.
struct measured {
    struct spread value;
    double limit;
    double doubt; // how far beyond the limit is nothing yet
    const void *row;
    struct answer *of;
};

// ---- numbers ----

// How far beyond the limit: above 0 it breaks the rule, or nearly.
static double excess(enum condition_how how, double value, double limit) {
    switch (how) {
    case CONDITION_EQUAL:
        return fabs(value - limit);
    case CONDITION_DIFFERENT:
        return -fabs(value - limit);
    case CONDITION_LESS:
    case CONDITION_AT_MOST:
        return value - limit;
    default:
        return limit - value;
    }
}

static bool holds(enum condition_how how, const struct measured *m) {
    if (condition_compare(how, m->value.middle, m->limit))
        return true;
    return m->doubt > 0 && how != CONDITION_DIFFERENT &&
           excess(how, m->value.middle, m->limit) <= m->doubt;
}

static void set_limit(const struct rule *rule, const struct spread *base,
                      struct measured *m) {
    m->limit = rule->more;
    m->doubt = 0;
    if (!rule->has_base)
        return;
    m->limit += rule->factor * base->middle;
    m->doubt = spread_doubt(base, rule->factor, &m->value);
}

// The outcome is of what is furthest beyond its limit.
static void take(struct outcome *o, const struct measured *m) {
    enum condition_how how = o->rule->how;
    o->breaking += !holds(how, m);
    if (o->known && excess(how, m->value.middle, m->limit) - m->doubt <=
                        excess(how, o->value, o->limit) - o->doubt)
        return;
    o->known = true;
    o->value = m->value.middle;
    o->least = m->value.least;
    o->most = m->value.most;
    o->limit = m->limit;
    o->doubt = m->doubt;
    o->row = o->rule->table == &totals_table ? NULL : m->row;
    o->of = m->of;
}

// ---- sums ----

// The sum of the column over the chosen rows, or their number.
static double sum_of(struct answer *answer, const struct rule *rule,
                     size_t *rows) {
    double sum = 0;
    *rows = 0;
    for (size_t i = 0; i < rule->table->count(answer); i++) {
        const void *row = rule->table->row(answer, i);
        if (!conditions_hold(answer, rule->conditions, rule->condition_count,
                             row))
            continue;
        ++*rows;
        if (rule->column)
            sum += table_order_of(answer, rule->column, row);
    }
    return rule->column ? sum : (double)*rows;
}

// `rows`: of the first run.
static struct spread sums_of(const struct runs *runs, const struct rule *rule,
                             size_t *rows) {
    double values[RUNS_MOST];
    for (size_t i = runs->count; i > 0; i--)
        values[i - 1] = sum_of(runs->list[i - 1], rule, rows);
    return spread_of(values, runs->count);
}

// The first of the chosen rows, where each is a sentence of its own; or NULL.
static const void *first_finding(struct answer *answer,
                                 const struct rule *rule) {
    if (rule->of != RULE_ROWS || rule->table != &findings_table)
        return NULL;
    for (size_t i = 0; i < rule->table->count(answer); i++) {
        const void *row = rule->table->row(answer, i);
        if (conditions_hold(answer, rule->conditions, rule->condition_count,
                            row))
            return row;
    }
    return NULL;
}

static void measure_sum(const struct runs *runs, const struct runs *base,
                        const struct rule *rule, struct outcome *o) {
    struct measured m = {.of = runs->list[0],
                         .row = first_finding(runs->list[0], rule)};
    struct spread before = {0, 0, 0};
    if (rule->has_base)
        before = sums_of(base, rule, &o->rows);
    m.value = sums_of(runs, rule, &o->rows);
    set_limit(rule, &before, &m);
    take(o, &m);
}

// ---- rows ----

// Each row of each run by itself: rows of some tables have no names.
static void measure_rows(struct answer *answer, const struct rule *rule,
                         struct outcome *o) {
    for (size_t i = 0; i < rule->table->count(answer); i++) {
        const void *row = rule->table->row(answer, i);
        if (!conditions_hold(answer, rule->conditions, rule->condition_count,
                             row) ||
            !table_value(answer, rule->column, row).known)
            continue;
        double value = table_order_of(answer, rule->column, row);
        struct measured m = {
            .value = spread_of(&value, 1), .row = row, .of = answer};
        set_limit(rule, NULL, &m);
        take(o, &m);
        o->rows++;
    }
}

// Each thing of either side; what is not there is 0.
static void measure_pairs(const struct runs *runs, const struct runs *base,
                          const struct rule *rule, struct outcome *o) {
    struct things_wish wish = {.table = rule->table,
                               .conditions = rule->conditions,
                               .condition_count = rule->condition_count,
                               .columns = {rule->column},
                               .column_count = 1};
    size_t count;
    struct pair *pairs =
        pairs_make(rule->has_base ? base : runs, runs, &wish, &count);
    for (size_t i = 0; i < count; i++) {
        struct measured m = {
            .value = pairs[i].after[0], .row = pairs[i].row, .of = pairs[i].of};
        set_limit(rule, &pairs[i].before[0], &m);
        take(o, &m);
        o->rows++;
    }
    free(pairs);
}

static void measure_each(const struct runs *runs, const struct runs *base,
                         const struct rule *rule, struct outcome *o) {
    if (rule->has_base || (runs->count > 1 && things_have_names(rule->table))) {
        measure_pairs(runs, base, rule, o);
        return;
    }
    for (size_t i = 0; i < runs->count; i++)
        measure_rows(runs->list[i], rule, o);
}

// ---- what can be measured ----

// A sentence about a rule that cannot be measured.
__attribute__((format(printf, 3, 4))) static bool refuse(
    const struct rule *rule, struct failure *failure, const char *format, ...) {
    char placed[RULE_PLACED_BYTES], why[RULE_PLACED_BYTES];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    rule_placed(rule, placed);
    return fail(failure, "%s %s", placed, why);
}

static bool is_of_sites(const struct data_table *table) {
    return table == &sites_table || table == &pins_table ||
           table == &together_table;
}

// What is there only when it was asked for, or when the program says it.
static const struct asked {
    const struct data_table *table;
    bool rows_too; // no row says nothing: it may not have been asked for
    const char *what;
} asked[] = {
    {&marks_table, false, "marks (rpmalloc_mark)"},
    {&snapshots_table, false, "snapshots (rpscope ctl)"},
    {&tags_table, false, "tags (rpmalloc_tag_push)"},
    {&frames_table, false, "frames (marks of one name in a row)"},
    {&freed_by_table, true, "stacks of frees (record --free-stacks)"},
};

static bool has_rows(const struct answer *a, const struct rule *rule,
                     struct failure *failure) {
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (rule->table == asked[i].table &&
            (rule->of != RULE_ROWS || asked[i].rows_too) &&
            rule->table->count(a) == 0 &&
            !(rule->table == &freed_by_table && a->frees_recorded))
            return refuse(rule, failure,
                          "is about %s, and there are none in %s",
                          asked[i].what, a->path);
    return true;
}

// Whether the rule, or one of its conditions, looks at the column.
static bool looks_at(const struct rule *rule, const char *key) {
    if (rule->column && strcmp(rule->column->key, key) == 0)
        return true;
    for (size_t i = 0; i < rule->condition_count; i++)
        if (strcmp(rule->conditions[i].column->key, key) == 0)
            return true;
    return false;
}

static bool has_columns(const struct answer *a, const struct rule *rule,
                        struct failure *failure) {
    if (looks_at(rule, "untouched_bytes") && a->residency.samples == 0)
        return refuse(rule, failure,
                      "is about samples of what is in memory (record "
                      "--residency), and there are none in %s",
                      a->path);
    if (is_of_sites(rule->table) && looks_at(rule, "tag") && a->tag_count == 0)
        return refuse(rule, failure,
                      "is about tags (rpmalloc_tag_push), and there are none "
                      "in %s",
                      a->path);
    // Of totals a value that is not known is no row.
    if (rule->table == &totals_table && rule->column &&
        !table_value(a, rule->column, a).known)
        return refuse(rule, failure, "asks for what is not known of %s",
                      a->path);
    return true;
}

static bool has_all(const struct runs *runs, const struct rule *rule,
                    struct failure *failure) {
    for (size_t i = 0; i < runs->count; i++) {
        const struct answer *a = runs->list[i];
        if (is_of_sites(rule->table) && !a->stacks_recorded)
            return refuse(rule, failure,
                          "is about call sites, and %s was recorded without "
                          "stacks",
                          a->path);
        if (!has_rows(a, rule, failure) || !has_columns(a, rule, failure))
            return false;
    }
    return true;
}

bool measure(const struct runs *runs, const struct runs *base,
             const struct rule *rule, struct outcome *outcome,
             struct failure *failure) {
    *outcome = (struct outcome){.rule = rule};
    if (rule->has_base && rule->of == RULE_EACH &&
        !things_have_names(rule->table))
        return refuse(rule, failure,
                      "compares each row with a baseline, but rows of %s have "
                      "no names: a sum or rows can be compared",
                      rule->table->key);
    if (!has_all(runs, rule, failure) ||
        (rule->has_base && !has_all(base, rule, failure)))
        return false;
    if (rule->of != RULE_EACH)
        measure_sum(runs, base, rule, outcome);
    else
        measure_each(runs, base, rule, outcome);
    outcome->holds = outcome->breaking == 0;
    return true;
}
