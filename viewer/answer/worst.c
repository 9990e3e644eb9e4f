// worst.c - the moment of a recording at which it is worst.
#include "viewer/answer/worst.h"

#include <stdlib.h>

#include "instrument/format/trace_format.h"

enum {
    LEAST_EXCESS = 2 << 20, // bytes: what the allocator needs to start
    LEAST_PART = 4,         // and that part of what is used
    TORN_DOWN_PART = 4,     // of what was used then, that the end has not
    SAME_EXCESS = 75,       // or per cent of the excess
};

static int64_t excess(const struct instant *instant) {
    int64_t bytes =
        instant->held - instant->under_way - instant->parts[PART_USED];
    return bytes > 0 ? bytes : 0;
}

// Bytes, the step that has them, and its length.
struct ranked {
    int64_t bytes;
    size_t step;
    double length;
};

static int compare_ranked(const void *left, const void *right) {
    const struct ranked *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? -1 : 1;
    return a->step < b->step ? -1 : a->step > b->step;
}

// What is there at the end lasts until the recording ends.
static double length_of(const struct timeline *timeline, size_t step,
                        uint64_t end) {
    uint64_t time = timeline->steps[step].at.time;
    return step + 1 == timeline->count && end > time
               ? (double)(timeline->length + end - time)
               : (double)timeline->length;
}

// The step with the excess that seven eighths of [first, last] do not exceed,
// of equal ones the last.
static const struct timeline_step *high(const struct timeline *timeline,
                                        size_t first, size_t last,
                                        uint64_t end) {
    struct ranked list[TRACE_MAX_POINTS];
    size_t count = 0, at = 0;
    double all = 0;
    for (size_t i = first; i <= last; i++) {
        list[count] = (struct ranked){excess(&timeline->steps[i].at), i,
                                      length_of(timeline, i, end)};
        all += list[count++].length;
    }
    qsort(list, count, sizeof *list, compare_ranked);
    double below = list[0].length;
    while (at + 1 < count && below * 8 <= all * 7)
        below += list[++at].length;
    while (at + 1 < count && list[at + 1].bytes == list[at].bytes)
        at++;
    return &timeline->steps[list[at].step];
}

const struct timeline_step *worst_step(const struct timeline *timeline,
                                       uint64_t end) {
    size_t first = 0, last = 0;
    double most = -1;
    if (timeline->count == 0 || timeline->count > TRACE_MAX_POINTS)
        return NULL;
    for (size_t i = 0; i < timeline->count; i++) {
        int64_t least = INT64_MAX;
        double length = 0;
        for (size_t j = i; j < timeline->count; j++) {
            int64_t bytes = excess(&timeline->steps[j].at);
            least = bytes < least ? bytes : least;
            length += length_of(timeline, j, end);
            if ((double)least * length > most) {
                most = (double)least * length;
                first = i;
                last = j;
            }
        }
    }
    return high(timeline, first, last, end);
}

enum answer_at worst_usual(const struct timeline *timeline,
                           const struct instant *end, uint64_t end_time) {
    const struct timeline_step *step = worst_step(timeline, end_time);
    if (!step)
        return AT_END;
    const struct instant *worst = &step->at;
    int64_t most = excess(worst), used = worst->parts[PART_USED];
    bool matters = most >= LEAST_EXCESS && most >= used / LEAST_PART;
    bool torn_down = end->parts[PART_USED] < used / TORN_DOWN_PART ||
                     excess(end) * 100 < most * SAME_EXCESS;
    return matters && torn_down ? AT_WORST : AT_END;
}
