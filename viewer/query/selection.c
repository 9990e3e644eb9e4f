// selection.c - some rows of a table, some of its columns, in some order.
#include "viewer/query/selection.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/table_list.h"
#include "viewer/base/memory.h"
#include "viewer/query/condition.h"

// What a wish says, read.
struct plan {
    struct condition conditions[CONDITIONS_MOST];
    size_t condition_count;
    const struct table_column *sort; // NULL: as the rows are
    bool lowest_first;
};

struct order {
    const struct answer *answer;
    const struct plan *plan;
};

struct placed {
    const void *row;
    size_t place; // in the table
};

// ---- reading the wish ----

static bool find_columns(struct selection *s, const char *keys,
                         struct failure *failure) {
    s->column_count = 0;
    if (!keys) {
        while (s->table->columns[s->column_count].key) {
            s->columns[s->column_count] = &s->table->columns[s->column_count];
            s->column_count++;
        }
        return true;
    }
    for (;;) {
        size_t length = strcspn(keys, ",");
        const struct table_column *column =
            condition_column(s->table, keys, length, failure);
        if (!column)
            return false;
        if (s->column_count == DATA_TABLE_COLUMNS)
            return fail(failure, "more than %d columns", DATA_TABLE_COLUMNS);
        s->columns[s->column_count++] = column;
        if (!keys[length])
            return true;
        keys += length + 1;
    }
}

static bool find_sort(const struct selection *s, struct plan *plan,
                      const char *sort, struct failure *failure) {
    plan->sort = NULL;
    if (!sort)
        return true;
    plan->lowest_first = *sort == '+';
    sort += plan->lowest_first;
    plan->sort = condition_column(s->table, sort, strlen(sort), failure);
    if (!plan->sort)
        return false;
    if (plan->sort->kind == TABLE_FRAMES || plan->sort->kind == TABLE_LIST)
        return fail(failure, "rows are not sorted by %s, which is no one value",
                    plan->sort->key);
    return true;
}

static bool read_wish(struct selection *s, struct plan *plan,
                      const struct selection_wish *wish,
                      struct failure *failure) {
    failure->asked = true;
    plan->condition_count = 0;
    s->table = data_table_find(wish->table, strlen(wish->table), failure);
    if (!s->table || !find_columns(s, wish->columns, failure) ||
        !find_sort(s, plan, wish->sort, failure))
        return false;
    if (wish->where)
        plan->condition_count =
            conditions_read(s->table, wish->where, plan->conditions, failure);
    if (wish->where && plan->condition_count == 0)
        return false;
    failure->asked = false;
    return true;
}

bool selection_check(const struct selection_wish *wish,
                     struct failure *failure) {
    struct selection selection;
    struct plan plan;
    return read_wish(&selection, &plan, wish, failure);
}

// ---- choosing ----

// What is not known comes last, however they are sorted. Rows that are alike
// keep their order.
static int compare(const void *a, const void *b, void *context) {
    const struct order *order = context;
    const struct table_column *column = order->plan->sort;
    const struct placed *x = a, *y = b;
    struct table_value left = table_value(order->answer, column, x->row);
    struct table_value right = table_value(order->answer, column, y->row);
    int result = 0;
    if (left.known != right.known)
        return left.known ? -1 : 1;
    if (left.known && column->kind == TABLE_TEXT) {
        result = strcmp(left.text, right.text);
    } else if (left.known) {
        double first = table_order_of(order->answer, column, x->row);
        double second = table_order_of(order->answer, column, y->row);
        result = first < second ? 1 : first > second ? -1 : 0;
    }
    if (order->plan->lowest_first)
        result = -result;
    return result ? result : x->place < y->place ? -1 : x->place > y->place;
}

bool selection_make(struct selection *s, struct answer *answer,
                    const struct selection_wish *wish,
                    struct failure *failure) {
    struct plan plan;
    if (!read_wish(s, &plan, wish, failure))
        return false;
    size_t count = s->table->count(answer);
    if (answer->unlisted_bytes > 0)
        return fail(failure,
                    "%s has more rows than there is memory for (%s in one "
                    "piece)%s",
                    s->table->key, number_iec(answer->unlisted_bytes).text,
                    s->table->of_all ? "" : ": --blocks makes them fewer");
    struct placed *placed = memory_get(count * sizeof *placed);
    s->matched = 0;
    for (size_t i = 0; i < count; i++) {
        const void *row = s->table->row(answer, i);
        if (conditions_hold(answer, plan.conditions, plan.condition_count, row))
            placed[s->matched++] = (struct placed){row, i};
    }
    struct order order = {answer, &plan};
    if (plan.sort)
        qsort_r(placed, s->matched, sizeof *placed, compare, &order);
    s->row_count =
        wish->top > 0 && wish->top < s->matched ? wish->top : s->matched;
    s->rows = memory_get(s->row_count * sizeof *s->rows);
    for (size_t i = 0; i < s->row_count; i++)
        s->rows[i] = placed[i].row;
    free(placed);
    return true;
}

void selection_free(struct selection *selection) {
    free(selection->rows);
    selection->rows = NULL;
}
