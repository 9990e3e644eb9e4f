// things.c - the rows of two recordings that are about the same thing.
#include "viewer/query/things.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/tag_tables.h"
#include "viewer/answer/totals_table.h"
#include "viewer/base/memory.h"
#include "viewer/base/text.h"

bool things_is_name(const struct data_table *table,
                    const struct table_column *column) {
    static const char *const names[] = {"function",  "module", "of_function",
                                        "of_module", "name",   "block_bytes"};
    // The tag of a call site follows from it, and names it no better.
    if (strcmp(column->key, "tag") == 0)
        return table == &tags_table;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(column->key, names[i]) == 0)
            return true;
    return false;
}

bool things_have_names(const struct data_table *table) {
    for (const struct table_column *c = table->columns; c->key; c++)
        if (things_is_name(table, c))
            return true;
    return table == &totals_table; // of one row
}

// The name in a column: of a module without its folder, which may be another.
static const char *name_of(const struct table_column *column,
                           const struct table_value *value) {
    if (!value->known)
        return "";
    return strcmp(column->key, "module") == 0 ||
                   strcmp(column->key, "of_module") == 0
               ? text_base_name(value->text)
               : value->text;
}

// FNV-1a.
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
    for (const unsigned char *at = bytes; size > 0; size--)
        hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_of(const struct data_table *table,
                        const struct answer *answer, const void *row) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const struct table_column *c = table->columns; c->key; c++) {
        if (!things_is_name(table, c))
            continue;
        struct table_value value = table_value(answer, c, row);
        const char *name = c->kind == TABLE_TEXT ? name_of(c, &value) : NULL;
        hash = name ? hash_bytes(hash, name, strlen(name) + 1)
                    : hash_bytes(hash, &value.number, sizeof value.number);
    }
    return hash;
}

static bool is_same(const struct data_table *table, const struct answer *a,
                    const void *row, const struct answer *b,
                    const void *other) {
    for (const struct table_column *c = table->columns; c->key; c++) {
        if (!things_is_name(table, c))
            continue;
        struct table_value x = table_value(a, c, row);
        struct table_value y = table_value(b, c, other);
        if (c->kind == TABLE_TEXT ? strcmp(name_of(c, &x), name_of(c, &y)) != 0
                                  : x.number != y.number)
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b) {
    uint64_t x = ((const struct thing *)a)->hash;
    uint64_t y = ((const struct thing *)b)->hash;
    return x < y ? -1 : x > y;
}

// The first of those with this hash, or where it would stand.
static size_t find_hash(const struct things *things, uint64_t hash) {
    size_t low = 0, high = things->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (things->list[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct thing *things_find(const struct things *things,
                                const struct answer *other, const void *row) {
    uint64_t hash = hash_of(things->wish->table, other, row);
    for (size_t i = find_hash(things, hash);
         i < things->count && things->list[i].hash == hash; i++)
        if (is_same(things->wish->table, things->answer, things->list[i].row,
                    other, row))
            return &things->list[i];
    return NULL;
}

// One of each name, in place; the others' values are added to the first's.
static void take_together(struct things *things) {
    const struct things_wish *wish = things->wish;
    struct things all = *things;
    things->count = 0;
    for (size_t i = 0; i < all.count; i++) {
        struct thing one = all.list[i];
        struct thing *same = NULL;
        for (size_t k = things->count;
             !same && k > 0 && things->list[k - 1].hash == one.hash; k--)
            if (is_same(things->wish->table, things->answer,
                        things->list[k - 1].row, things->answer, one.row))
                same = &things->list[k - 1];
        if (!same) {
            things->list[things->count] = one;
            same = &things->list[things->count++];
        }
        for (size_t c = 0; c < wish->column_count; c++)
            same->sum[c] +=
                table_order_of(things->answer, wish->columns[c], one.row);
    }
}

void things_make(struct things *things, struct answer *answer,
                 const struct things_wish *wish) {
    size_t count = wish->table->count(answer);
    *things =
        (struct things){.answer = answer,
                        .wish = wish,
                        .list = memory_zeroed(count, sizeof *things->list)};
    for (size_t i = 0; i < count; i++) {
        const void *row = wish->table->row(answer, i);
        if (conditions_hold(answer, wish->conditions, wish->condition_count,
                            row))
            things->list[things->count++] = (struct thing){
                .hash = hash_of(wish->table, answer, row), .row = row};
    }
    qsort(things->list, things->count, sizeof *things->list, compare);
    take_together(things);
}

void things_free(struct things *things) {
    free(things->list);
    things->list = NULL;
}
