// table.c - the tables of an answer, as data: what stands in them.
#include "viewer/answer/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "viewer/answer/block_filter.h"

const struct table_column *table_column(const struct data_table *table,
                                        const char *key) {
    for (const struct table_column *c = table->columns; c->key; c++)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

bool table_is_known(const struct answer *answer,
                    const struct table_column *column) {
    if (!answer || !answer->filter)
        return true;
    return column->scope == TABLE_OF_BLOCKS ||
           (column->scope == TABLE_OF_SITES && answer->filter->of_sites);
}

struct table_value table_value(const struct answer *answer,
                               const struct table_column *column,
                               const void *row) {
    const void *at = (const char *)row + column->offset;
    struct table_value value = {.known = true};
    switch (column->kind) {
    case TABLE_NUMBER:
    case TABLE_FRAMES:
        value.number = *(const uint64_t *)at;
        break;
    case TABLE_SMALL:
        value.number =
            column->small ? column->small(answer, row) : *(const uint32_t *)at;
        break;
    case TABLE_SIGNED:
        value.signed_number = *(const int64_t *)at;
        break;
    case TABLE_MEAN:
        value.real = *(const double *)at;
        value.number = (uint64_t)value.real;
        break;
    case TABLE_REAL:
        value.real = *(const double *)at;
        value.known = value.real > 0;
        break;
    case TABLE_BOOL:
        value.number = *(const bool *)at;
        break;
    case TABLE_TEXT:
        value.text =
            column->text ? column->text(row) : *(const char *const *)at;
        value.known = value.text != NULL;
        break;
    case TABLE_LIST:
        value.list = at;
        value.number = value.list[0];
        break;
    default: // for people only
        break;
    }
    // A site that is none has the highest number.
    if (column->optional)
        value.known = column->small ? value.number != (uint32_t)ANSWER_NONE
                                    : value.number != 0;
    value.known &= table_is_known(answer, column);
    return value;
}

// ---- for people ----

static int insert(const struct table_column *column, enum table_reader reader,
                  const struct table_column **columns, int count) {
    int place = table_place(column, reader)->place, at = count;
    if (place == 0 || count == TABLE_MOST_SHOWN)
        return count;
    for (; at > 0 && table_place(columns[at - 1], reader)->place > place; at--)
        columns[at] = columns[at - 1];
    columns[at] = column;
    return count + 1;
}

int table_shown(const struct data_table *table, enum table_reader reader,
                const struct table_column **columns) {
    int count = 0;
    for (const struct table_column *c = table->columns; c->key; c++)
        count = insert(c, reader, columns, count);
    for (const struct table_column *c = table->shown; c->key; c++)
        count = insert(c, reader, columns, count);
    return count;
}

static struct number say_count(uint64_t count, bool exact) {
    return exact ? number_exact(count) : number_count(count);
}

static struct number say_number(const struct answer *answer,
                                const struct table_column *column,
                                uint64_t value, enum unit unit, bool exact) {
    struct number number;
    switch (column->unit) {
    case TABLE_BYTES:
        return number_bytes(value, unit, answer->now.held_bytes);
    case TABLE_NS:
        return number_time(value);
    case TABLE_COUNT:
        return say_count(value, exact);
    default:
        snprintf(number.text, sizeof number.text, "%" PRIu64, value);
        return number;
    }
}

static struct number say_signed(const struct answer *answer,
                                const struct table_column *column,
                                int64_t value, enum unit unit, bool exact) {
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    struct number number = say_number(answer, column, size, unit, exact);
    if (value < 0) {
        memmove(number.text + 1, number.text, sizeof number.text - 1);
        number.text[0] = '-';
        number.text[sizeof number.text - 1] = 0;
    }
    return number;
}

static struct number say_times(const struct table_part *part) {
    struct number number = number_ratio(part->part, part->whole);
    if (*number.text != '-')
        strcat(number.text, "\xc3\x97");
    return number;
}

struct number table_number(const struct answer *answer,
                           const struct table_column *column, const void *row,
                           enum unit unit, bool exact) {
    struct number number = {"-"};
    if (!table_applies(column, row) || !table_is_known(answer, column))
        return number;
    struct table_value value = table_value(answer, column, row);
    struct table_part part = {0};
    if (column->part)
        part = column->part(answer, row);
    if (column->kind == TABLE_PART)
        return number_percent(part.part, part.whole);
    if (column->kind == TABLE_RATIO)
        return say_times(&part);
    if (column->kind == TABLE_SIGNED)
        return say_signed(answer, column, value.signed_number, unit, exact);
    if (column->kind == TABLE_MEAN)
        value.number = (uint64_t)(value.real + 0.5);
    if (column->kind == TABLE_REAL)
        return number_ratio(value.real, 1);
    return say_number(answer, column, value.number, unit, exact);
}

double table_order_of(const struct answer *answer,
                      const struct table_column *column, const void *row) {
    if (column->order)
        return column->order(row);
    if (column->part) {
        struct table_part part = column->part(answer, row);
        return part.whole > 0 ? part.part / part.whole : part.otherwise;
    }
    struct table_value value = table_value(answer, column, row);
    return column->kind == TABLE_SIGNED ? (double)value.signed_number
           : column->kind == TABLE_MEAN || column->kind == TABLE_REAL
               ? value.real
               : (double)value.number;
}
