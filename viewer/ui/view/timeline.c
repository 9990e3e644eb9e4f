// timeline.c - what was held over time, as one line, with its marks below.
#include "viewer/ui/view/timeline.h"
#include "viewer/base/escape.h"
#include "viewer/base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TIMELINE_COLUMNS = 512 };

// ---- marks and snapshots ----

struct timeline_flag {
    uint64_t time_ns;
    uint64_t snapshot; // its number; 0: a mark
    const char *text;  // of the mark
};

// The flags in the order of time; *mark and *snapshot: how many were taken.
static bool timeline_next_flag(const struct answer *a, size_t *mark,
                               size_t *snapshot, struct timeline_flag *flag) {
    bool marks = *mark < a->mark_count;
    bool snapshots = *snapshot < a->snapshot_count;
    if (marks && (!snapshots ||
                  a->marks[*mark].time_ns <= a->snapshots[*snapshot].time_ns)) {
        const struct answer_mark *m = &a->marks[(*mark)++];
        *flag = (struct timeline_flag){m->time_ns, 0, m->text};
        return true;
    }
    if (snapshots) {
        const struct answer_snapshot *t = &a->snapshots[(*snapshot)++];
        *flag = (struct timeline_flag){t->time_ns, t->number, NULL};
    }
    return snapshots;
}

static void timeline_draw_flag(struct screen *s, int x, int y, int room,
                               const struct timeline_flag *flag) {
    char text[128];
    if (flag->snapshot)
        snprintf(text, sizeof text, "%s%" PRIu64, room >= 12 ? "snapshot " : "",
                 flag->snapshot);
    else
        escape_text(text, sizeof text, flag->text);
    cells_put(s, x, y, 0x25b2, flag->snapshot ? STYLE_KEY : STYLE_USED);
    // Less than that says nothing.
    if (room >= 3 || (size_t)room >= strlen(text))
        cells_text(s, x + 1, y, room, text, STYLE_DIM);
}

// Each where it was in time, and as much of its text as there is room for up to
// `right`; of those in one place, the first.
static void timeline_draw_flags(const struct answer *a, struct screen *s,
                                int from, int y, int width, int right) {
    uint64_t end = a->points[a->point_count - 1].time_ns;
    struct timeline_flag flag, last = {0};
    size_t mark = 0, snapshot = 0;
    int last_x = -1;
    if (end == 0)
        end = a->duration_ns + 1;
    while (timeline_next_flag(a, &mark, &snapshot, &flag)) {
        double part = (double)flag.time_ns / (double)end;
        int x = from + (int)((part < 1 ? part : 1) * (width - 1));
        if (x == last_x)
            continue;
        if (last_x >= 0)
            timeline_draw_flag(s, last_x, y, x - last_x - 2, &last);
        last = flag;
        last_x = x;
    }
    if (last_x >= 0)
        timeline_draw_flag(s, last_x, y, right - last_x - 2, &last);
}

// ---- the line ----

void timeline_draw(const struct answer *a, struct screen *s, int x, int y,
                   int width, bool flags) {
    static uint64_t held[TIMELINE_COLUMNS]; // too large for a thread's stack
    int count = a->point_count < TIMELINE_COLUMNS ? (int)a->point_count
                                                  : TIMELINE_COLUMNS;
    for (int i = 0; i < count; i++) {
        size_t from = (size_t)i * a->point_count / (size_t)count;
        size_t to = ((size_t)i + 1) * a->point_count / (size_t)count;
        held[i] = 0;
        for (size_t k = from; k < to; k++)
            if (a->points[k].held_max > held[i])
                held[i] = a->points[k].held_max;
    }
    char peak[64];
    snprintf(peak, sizeof peak, "peak %s at %s",
             number_iec(a->peak_held_bytes).text,
             number_time(a->peak_held.time_ns).text);
    int right = x + width, room = width - (int)strlen(peak) - 3;
    cells_spark(s, x, y, room, held, count, STYLE_USED);
    cells_right(s, x + room, y, width - room - 1, peak, STYLE_DIM);
    if (flags)
        timeline_draw_flags(a, s, x, y + 1, room, right);
}
