// time_columns.h - what was held and used in each column of an axis of time.
#ifndef RPSCOPE_UI_TIME_COLUMNS_H
#define RPSCOPE_UI_TIME_COLUMNS_H

#include "viewer/ui/shown.h"

// The steps of the timeline that a column stands for, or a part of one.
struct time_column {
    bool known;
    uint64_t held_max, held_min, used_max, used_min;
    uint64_t part_bytes[PARTS]; // at the end of the column
    uint64_t held_bytes, used_bytes;
    double allocations; // in the column
};

enum { TIME_COLUMNS_MOST = 1000 };

// Of `count` columns between from_ns and to_ns; the least and the most of each
// are kept, however many steps it stands for.
void time_columns(const struct answer *answer, uint64_t from_ns, uint64_t to_ns,
                  struct time_column *columns, int count);

// The column of an instant between 0 and count - 1; -1: it is not within.
int time_column_at(const struct shown *shown, uint64_t ns, int count);
// The instant in the middle of a column.
uint64_t time_of_column(const struct shown *shown, int column, int count);

#endif
