// time_chart.c - what was held over time, its parts on one another, with an
// axis, rates and marks.
#include "viewer/ui/view/time_chart.h"
#include "viewer/ui/time_columns.h"
#include "viewer/ui/view/parts.h"

#include <stdio.h>

enum {
    LABEL = 11, // left of the columns, as of the scrubber
    RIGHT = 11, // right of them
    BELOW = 2,  // the axis
    RATES = 2,  // held/used and allocations
    TICK = 12,  // columns between two ticks, at least
    MOST = TIME_COLUMNS_MOST,
};

// From the bottom of the stack to its top.
static const enum part order[PARTS] = {
    PART_USED,     PART_ROUNDING, PART_SPAN_FREE,    PART_DEFERRED,
    PART_EMPTY,    PART_SLACK,    PART_THREAD_CACHE, PART_GLOBAL_CACHE,
    PART_OVERHEAD, PART_SEGMENT,
};

struct chart {
    const struct shown *shown;
    struct screen *s;
    struct box box; // of the columns
    struct time_column *columns;
    uint64_t most; // bytes of the full height
    int cursor;    // column, or -1
};

// ---- the stack ----

// The part that is so many bytes above the bottom; PARTS: none.
static int part_at(const struct time_column *column, double bytes) {
    double sum = 0;
    for (int i = 0; i < PARTS; i++) {
        sum += (double)column->part_bytes[order[i]];
        if (bytes < sum)
            return (int)order[i];
    }
    return PARTS;
}

// Solid up to the least that was held within the column, and from there a thin
// line to the most.
static void draw_column(const struct chart *c, int i) {
    const struct time_column *column = &c->columns[i];
    int x = c->box.x + i;
    double row = (double)c->most / c->box.height;
    for (int k = 0; k < c->box.height; k++) {
        int y = c->box.y + c->box.height - 1 - k;
        double bytes = (k + 0.5) * row;
        int part = part_at(column, bytes);
        enum style style = part < PARTS ? part_looks[part].style : STYLE_USED;
        if (part < PARTS && bytes < (double)column->held_min)
            cells_put(c->s, x, y, part_looks[part].glyph, style);
        else if (bytes < (double)column->held_max)
            cells_put(c->s, x, y, 0x2502, style);
        else if (i == c->cursor)
            cells_put(c->s, x, y, 0x2502, STYLE_KEY);
        if (i == c->cursor)
            cells_select(c->s, x, y, 1);
    }
}

static void draw_scale(const struct chart *c) {
    int bottom = c->box.y + c->box.height - 1;
    const struct {
        int y;
        double share;
    } labels[] = {
        {c->box.y, 1},
        {(c->box.y + bottom) / 2,
         (double)(bottom - (c->box.y + bottom) / 2 + 1) / c->box.height},
        {bottom, 0}};
    for (int i = 0; i < 3; i++) {
        if (i > 0 && labels[i].y <= labels[i - 1].y)
            continue;
        cells_right(
            c->s, 0, labels[i].y, LABEL - 2,
            number_iec((uint64_t)((double)c->most * labels[i].share)).text,
            STYLE_DIM);
        cells_put(c->s, LABEL - 1, labels[i].y, 0x2500, STYLE_RULE);
    }
}

// The parts that are to be seen, from the top of the stack.
static void draw_legend(const struct chart *c) {
    static const char *const names[PARTS] = {
        [PART_USED] = "used",          [PART_ROUNDING] = "rounding",
        [PART_SPAN_FREE] = "free",     [PART_DEFERRED] = "waiting",
        [PART_OVERHEAD] = "headers",   [PART_EMPTY] = "kept",
        [PART_THREAD_CACHE] = "cache", [PART_GLOBAL_CACHE] = "cache all",
        [PART_SEGMENT] = "not used",   [PART_SLACK] = "ends",
    };
    int y = c->box.y, x = c->box.x + c->box.width + 1;
    for (int i = PARTS; i-- > 0 && y < c->box.y + c->box.height;) {
        bool seen = false;
        for (int k = 0; k < c->box.width && !seen; k++)
            seen = c->columns[k].part_bytes[order[i]] * 50 >= c->most;
        if (!seen)
            continue;
        cells_put(c->s, x, y, part_looks[order[i]].glyph,
                  part_looks[order[i]].style);
        cells_text(c->s, x + 1, y++, RIGHT - 2, names[order[i]], STYLE_DIM);
    }
}

// ---- the axis, with marks ----

static void draw_axis(const struct chart *c, int y,
                      const struct notables *notables) {
    int width = c->box.width;
    uint64_t from = c->shown->from_ns, length = shown_end(c->shown) - from;
    cells_rule(c->s, c->box.x, y, width);
    for (int i = 0; i < width; i += TICK) {
        cells_put(c->s, c->box.x + i, y, 0x252c, STYLE_RULE);
        uint64_t ns = from + (uint64_t)((double)length * i / width);
        cells_text(c->s, c->box.x + i, y + 1, TICK - 1, number_time(ns).text,
                   STYLE_DIM);
    }
    for (size_t i = 0; i < notables->count; i++) {
        int at = time_column_at(c->shown, notables->list[i].ns, width);
        if (at >= 0)
            cells_put(c->s, c->box.x + at, y, 0x25b2,
                      notables->list[i].kind == NOTABLE_MARK ? STYLE_USED
                                                             : STYLE_WARNING);
    }
    if (c->cursor >= 0) {
        cells_put(c->s, c->box.x + c->cursor, y, 0x2503, STYLE_KEY);
        cells_select(c->s, c->box.x + c->cursor, y, 1);
    }
}

// ---- rates ----

static void draw_rate(const struct chart *c, int y, const char *name,
                      const uint64_t *values, const char *most) {
    cells_text(c->s, 1, y, LABEL - 1, name, STYLE_HEADING);
    cells_spark(c->s, c->box.x, y, c->box.width, values, c->box.width,
                STYLE_ROUNDING);
    cells_text(c->s, c->box.x + c->box.width + 1, y, RIGHT - 1, most,
               STYLE_DIM);
}

static void draw_rates(const struct chart *c, int y) {
    static uint64_t ratio[MOST], rate[MOST];
    double seconds =
        (double)(shown_end(c->shown) - c->shown->from_ns) / 1e9 / c->box.width;
    uint64_t most_ratio = 0, most_rate = 0;
    for (int i = 0; i < c->box.width; i++) {
        const struct time_column *column = &c->columns[i];
        ratio[i] = column->used_bytes
                       ? column->held_bytes * 100 / column->used_bytes
                       : 0;
        rate[i] =
            seconds > 0 ? (uint64_t)(column->allocations / seconds + 0.5) : 0;
        most_ratio = ratio[i] > most_ratio ? ratio[i] : most_ratio;
        most_rate = rate[i] > most_rate ? rate[i] : most_rate;
    }
    char text[NUMBER_BYTES + 4];
    snprintf(text, sizeof text, "%s",
             number_ratio((double)most_ratio, 100).text);
    draw_rate(c, y, "held/used", ratio, text);
    snprintf(text, sizeof text, "%s/s", number_count(most_rate).text);
    draw_rate(c, y + 1, "allocs", rate, text);
}

// ---- all of it ----

void time_chart_draw(const struct shown *shown, struct screen *s,
                     struct box box, const struct notables *notables) {
    static struct time_column columns[MOST]; // too large for a thread's stack
    int rates = box.height >= 12 ? RATES : 0;
    int width = box.width - LABEL - RIGHT;
    struct chart c = {.shown = shown,
                      .s = s,
                      .box = {box.x + LABEL, box.y, width < MOST ? width : MOST,
                              box.height - BELOW - rates},
                      .columns = columns,
                      .most = 1};
    if (c.box.width <= 0 || c.box.height <= 0)
        return;
    time_columns(shown->answer, shown->from_ns, shown_end(shown), columns,
                 c.box.width);
    for (int i = 0; i < c.box.width; i++)
        if (columns[i].held_max > c.most)
            c.most = columns[i].held_max;
    c.cursor = time_column_at(shown, shown->answer->now.time_ns, c.box.width);
    for (int i = 0; i < c.box.width; i++)
        draw_column(&c, i);
    draw_scale(&c);
    draw_legend(&c);
    draw_axis(&c, box.y + c.box.height, notables);
    if (rates)
        draw_rates(&c, box.y + c.box.height + BELOW);
}
