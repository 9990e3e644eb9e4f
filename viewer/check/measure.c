// measure.c - whether a rule holds of a recording, and by how much.
#include "viewer/check/measure.h"

#include <math.h>

#include "viewer/answer/site_tables.h"
#include "viewer/answer/totals_table.h"
#include "viewer/query/things.h"

// ---- numbers ----

static double limit_of(const struct rule *rule, double base) {
    return rule->factor * base + rule->more;
}

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

// ---- rules ----

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

static void measure_sum(struct answer *answer, struct answer *base,
                        const struct rule *rule, struct outcome *o) {
    size_t rows;
    double before = rule->has_base ? sum_of(base, rule, &rows) : 0;
    o->value = sum_of(answer, rule, &o->rows);
    o->limit = limit_of(rule, before);
    o->known = true;
    o->holds = condition_compare(rule->how, o->value, o->limit);
    o->breaking = !o->holds;
}

static void take(struct outcome *o, double value, double limit,
                 struct answer *of, const void *row) {
    const struct rule *rule = o->rule;
    o->rows++;
    o->breaking += !condition_compare(rule->how, value, limit);
    if (o->known && excess(rule->how, value, limit) <=
                        excess(rule->how, o->value, o->limit))
        return;
    o->known = true;
    o->value = value;
    o->limit = limit;
    o->row = rule->table == &totals_table ? NULL : row;
    o->of = of;
}

static void measure_each(struct answer *answer, const struct rule *rule,
                         struct outcome *o) {
    for (size_t i = 0; i < rule->table->count(answer); i++) {
        const void *row = rule->table->row(answer, i);
        if (conditions_hold(answer, rule->conditions, rule->condition_count,
                            row) &&
            table_value(answer, rule->column, row).known)
            take(o, table_order_of(answer, rule->column, row), rule->more,
                 answer, row);
    }
    o->holds = o->breaking == 0;
}

// Each thing of either recording; what is not there is 0.
static void measure_things(struct answer *answer, struct answer *base,
                           const struct rule *rule, struct outcome *o) {
    struct things_wish wish = {.table = rule->table,
                               .conditions = rule->conditions,
                               .condition_count = rule->condition_count,
                               .columns = {rule->column},
                               .column_count = 1};
    struct things now, before;
    things_make(&now, answer, &wish);
    things_make(&before, base, &wish);
    for (size_t i = 0; i < now.count; i++) {
        const struct thing *was = things_find(&before, answer, now.list[i].row);
        take(o, now.list[i].sum[0], limit_of(rule, was ? was->sum[0] : 0),
             answer, now.list[i].row);
    }
    for (size_t i = 0; i < before.count; i++)
        if (!things_find(&now, base, before.list[i].row))
            take(o, 0, limit_of(rule, before.list[i].sum[0]), base,
                 before.list[i].row);
    things_free(&before);
    things_free(&now);
    o->holds = o->breaking == 0;
}

static bool needs_stacks(const struct data_table *table) {
    return table == &sites_table || table == &pins_table ||
           table == &together_table;
}

bool measure(struct answer *answer, struct answer *base,
             const struct rule *rule, struct outcome *outcome,
             struct failure *failure) {
    *outcome = (struct outcome){.rule = rule};
    if (needs_stacks(rule->table) &&
        (!answer->stacks_recorded ||
         (rule->has_base && !base->stacks_recorded)))
        return fail(failure,
                    "\"%s\" is about call sites, and %s was recorded "
                    "without stacks",
                    rule->text,
                    answer->stacks_recorded ? base->path : answer->path);
    if (rule->has_base && rule->of == RULE_EACH &&
        !things_have_names(rule->table))
        return fail(failure,
                    "\"%s\" compares each row with a baseline, but "
                    "rows of %s have no names: a sum or rows can be "
                    "compared",
                    rule->text, rule->table->key);
    if (rule->of != RULE_EACH)
        measure_sum(answer, base, rule, outcome);
    else if (rule->has_base)
        measure_things(answer, base, rule, outcome);
    else
        measure_each(answer, rule, outcome);
    if (rule->table == &totals_table && !outcome->known)
        return fail(failure, "\"%s\": %s is not known of this recording",
                    rule->text, rule->column->key);
    return true;
}
