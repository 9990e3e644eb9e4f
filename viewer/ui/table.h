// table.h - a table of the answer as a sortable, searchable list with columns
// and folding lines.
//
// A table shows items (numbers from 0, whatever they stand for) in an order,
// perhaps filtered; an unfolded item has lines of its own below it. Columns
// leave by rank when the screen is narrow, so the rest keeps its room.
#ifndef RPSCOPE_UI_TABLE_H
#define RPSCOPE_UI_TABLE_H

#include "viewer/answer/table.h"
#include "viewer/screen/cells.h"
#include "viewer/ui/keys.h"

struct shown; // only handed on to the operations
struct table;

enum { TABLE_TEXT_BYTES = 48, TABLE_CELL_BYTES = 320 };

struct table_ops {
    const struct data_table *data; // which columns there are
    const char *sorted;            // by the column of this key at first
    uint32_t (*count)(const struct shown *shown);
    // The row of the data that an item is.
    const void *(*row)(const struct shown *shown, uint32_t item);
    // Whether an item belongs into the table; NULL: all do.
    bool (*belongs)(const struct shown *shown, uint32_t item);
    // What search and filter look at; `out` of `size` bytes.
    void (*name)(const struct shown *shown, uint32_t item, char *out,
                 size_t size);
    // Conditions of the blocks of an item (query/filter.h); NULL: it has none.
    void (*conditions)(const struct shown *shown, uint32_t item, char *out,
                       size_t size);
    // Lines of an unfolded item; NULL: nothing to unfold.
    uint32_t (*lines)(const struct shown *shown, uint32_t item);
    void (*line)(const struct shown *shown, struct screen *s, struct box box,
                 uint32_t item, uint32_t line);
};

struct table_row {
    uint32_t item;
    uint32_t line; // 0: the item itself
};

struct table {
    const struct table_ops *ops; // NULL: it is not open
    const struct shown *shown;   // what the items are of
    const struct table_column *columns[TABLE_MOST_SHOWN];
    int column_count;
    struct table_row *rows; // what is shown, in order
    uint32_t row_count;
    uint32_t item_count; // of the rows
    bool *unfolded;      // by item
    uint32_t cursor, top;
    int sort;
    bool reversed;
    char filter[TABLE_TEXT_BYTES];
    char search[TABLE_TEXT_BYTES];
    int drawn_y, drawn_rows; // where rows are on the screen, for the mouse
};

// Whether the column takes what is left of the width, its title at the left;
// others stand at the right of theirs.
static inline bool table_is_wide(const struct table_column *column) {
    return column->kind == TABLE_SITE || column->kind == TABLE_LIST ||
           (column->kind == TABLE_SAID && column->left);
}

void table_open(struct table *t, const struct table_ops *ops,
                const struct shown *shown);
// Shows items in the place of those before, if any; what the user chose stays
// as far as it has a meaning.
void table_show(struct table *t, const struct table_ops *ops,
                const struct shown *shown);
void table_close(struct table *t);

// The row under the cursor, or NULL when nothing is shown.
const struct table_row *table_current(const struct table *t);
// Puts the cursor on an item, and clears a filter that hides it.
// Returns false when the item does not belong into the table.
bool table_select(struct table *t, uint32_t item);
// Puts the cursor on the row at this line of the screen, if there is one.
void table_click(struct table *t, int y);

// Moves, folds, searches; false when the action is none of a table's.
bool table_act(struct table *t, enum action action);
void table_sort(struct table *t, int column);
void table_filter(struct table *t);
// Moves to the next match, beginning with the row under the cursor when
// `here`; false when there is none.
bool table_search(struct table *t, int direction, bool here);

#endif
