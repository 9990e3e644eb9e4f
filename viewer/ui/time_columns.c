// time_columns.c - what was held and used in each column of an axis of time.
#include "viewer/ui/time_columns.h"

#include <string.h>

static void join(struct time_column *column, const struct timeline_point *p) {
    bool first = !column->known;
    column->known = true;
    if (first || p->held_max > column->held_max)
        column->held_max = p->held_max;
    if (first || p->used_max > column->used_max)
        column->used_max = p->used_max;
    if (first || p->held_min < column->held_min)
        column->held_min = p->held_min;
    if (first || p->used_min < column->used_min)
        column->used_min = p->used_min;
    memcpy(column->part_bytes, p->part_bytes, sizeof column->part_bytes);
    column->held_bytes = p->held_bytes;
    column->used_bytes = p->used_bytes;
}

void time_columns(const struct answer *a, uint64_t from_ns, uint64_t to_ns,
                  struct time_column *columns, int count) {
    bool part = a->part_count > 0 && a->part_from_ns <= from_ns &&
                a->part_to_ns >= to_ns;
    const struct timeline_point *points = part ? a->part_points : a->points;
    size_t point_count = part ? a->part_count : a->point_count, step = 0;
    double start = part ? (double)a->part_from_ns : 0;
    double length = (double)(to_ns - from_ns) / count;
    memset(columns, 0, (size_t)count * sizeof *columns);
    for (int i = 0; i < count; i++) {
        double begin = (double)from_ns + i * length, end = begin + length;
        // Those that end before it are of the columns before.
        while (step < point_count && (double)points[step].time_ns <= begin)
            step++;
        for (size_t k = step; k < point_count; k++) {
            double before = k ? (double)points[k - 1].time_ns : start;
            double after = (double)points[k].time_ns;
            if (before >= end)
                break;
            join(&columns[i], &points[k]);
            double within =
                (after < end ? after : end) - (before > begin ? before : begin);
            if (after > before)
                columns[i].allocations +=
                    (double)points[k].allocations * within / (after - before);
        }
    }
}

int time_column_at(const struct shown *shown, uint64_t ns, int count) {
    uint64_t from = shown->from_ns, to = shown_end(shown);
    if (ns < from || ns > to || to <= from || count <= 0)
        return -1;
    int column = (int)((double)(ns - from) / (double)(to - from) * count);
    return column < count ? column : count - 1;
}

uint64_t time_of_column(const struct shown *shown, int column, int count) {
    uint64_t from = shown->from_ns, to = shown_end(shown);
    return from + (uint64_t)((double)(to - from) * (column + 0.5) / count);
}
