// map_history.c - who held a span, block or segment, and what happened to it.
#include "viewer/ui/view/map_history.h"
#include "viewer/base/escape.h"
#include "viewer/names/site.h"
#include "viewer/ui/view/list.h"
#include "viewer/ui/view/map_blocks.h"
#include "viewer/ui/view/map_cells.h"
#include "viewer/ui/view/map_panel.h"

#include <stdio.h>
#include <string.h>

enum {
    HEAD_LINES = 2,   // above the list
    BETWEEN_LINES = 3 // of its two parts
};

static bool same(const struct subject *a, const struct subject *b) {
    return a->kind == b->kind && a->number == b->number && a->block == b->block;
}

struct subject map_next_history(const struct pane *pane) {
    const struct answer_span *span =
        &pane->shown->answer->spans[map_current(pane)];
    const struct subject *now = &pane->shown->history;
    struct subject next = {.kind = SUBJECT_SPAN, .number = span->number};
    if (pane->map.mode == MAP_LIST) {
        next.kind = SUBJECT_BLOCK;
        next.block = map_current_block(pane);
    } else if (pane->map.mode == MAP_HISTORY && now->kind == SUBJECT_BLOCK) {
        next.number = now->number;
    } else if (pane->map.mode == MAP_HISTORY && now->kind == SUBJECT_SPAN &&
               span->segment != ANSWER_NONE) {
        next.kind = SUBJECT_SEGMENT;
        next.number = span->segment;
    } else if (pane->map.mode == MAP_HISTORY) {
        next = (struct subject){.kind = SUBJECT_NONE};
    }
    return next;
}

// Lines of both parts, and what stands between them.
static size_t line_count(const struct answer *a) {
    return a->holder_count + BETWEEN_LINES + a->history_count;
}

bool map_scroll_history(struct pane *pane, enum action action) {
    size_t page = pane->map.rows > 1 ? (size_t)pane->map.rows - 1 : 1;
    return list_move(pane, action, line_count(pane->shown->answer) - 1, page);
}

// ---- a line ----

enum { WHAT_AT = 23, PLACE_AT = 48, BYTES_AT = 55, WHO_AT = 67 };

static void draw_who(struct screen *s, int y, int width,
                     const struct site *where, const char *thread) {
    char name[SITE_SENTENCE_BYTES] = "", by[64] = "";
    if (where)
        site_sentence(where, name, sizeof name);
    if (thread)
        escape_text(by, sizeof by, thread);
    int x = WHO_AT, room = width - 1;
    if (*by && width >= WHO_AT + 40) {
        cells_right(s, width - 18, y, 17, by, STYLE_DIM);
        room -= 18;
    }
    if (room > x)
        cells_text_middle(s, x, y, room - x, name, STYLE_TEXT);
}

static void draw_place(struct screen *s, int y, uint32_t block,
                       uint64_t bytes) {
    if (block != ANSWER_NONE)
        cells_right(s, PLACE_AT, y, 6, number_exact(block).text, STYLE_DIM);
    if (bytes > 0)
        cells_right(s, BYTES_AT, y, 10, number_iec(bytes).text, STYLE_TEXT);
}

static void draw_holder(struct screen *s, int y, int width,
                        const struct answer_holder *h) {
    enum style style = h->holds ? STYLE_STRONG : STYLE_TEXT;
    cells_right(s, 1, y, 10, number_time(h->from_ns).text, style);
    cells_right(s, 12, y, 10, h->holds ? "now" : number_time(h->to_ns).text,
                style);
    int x = WHAT_AT + cells_text(s, WHAT_AT, y, 18, h->what, style);
    if (h->held_ns > 0)
        cells_right(s, x + 1, y, PLACE_AT - x - 1, number_time(h->held_ns).text,
                    STYLE_DIM);
    draw_place(s, y, h->block, h->bytes);
    draw_who(s, y, width, h->where, h->thread);
}

static void draw_happening(struct screen *s, int y, int width,
                           const struct answer_history *h) {
    cells_right(s, 1, y, 10, number_time(h->time_ns).text, STYLE_TEXT);
    if (h->age_ns > 0)
        cells_right(s, 12, y, 10, number_time(h->age_ns).text, STYLE_DIM);
    int x = WHAT_AT +
            cells_text(s, WHAT_AT, y, PLACE_AT - WHAT_AT, h->what, STYLE_TEXT);
    if (h->from)
        cells_print(s, x + 1, y, STYLE_DIM, "from %s", h->from);
    else if (h->count > 1)
        cells_print(s, x + 1, y, STYLE_DIM, "%s", number_count(h->count).text);
    draw_place(s, y, h->block, h->bytes);
    draw_who(s, y, width, h->where, h->thread);
}

static void draw_between(struct screen *s, int y, size_t line) {
    if (line == 1)
        cells_text(s, 1, y, s->width - 2, "WHAT HAPPENED, the last first",
                   STYLE_HEADING);
    if (line != 2)
        return;
    cells_right(s, 1, y, 10, "at", STYLE_HEADING);
    cells_right(s, 12, y, 10, "age", STYLE_HEADING);
    cells_text(s, WHAT_AT, y, 20, "what", STYLE_HEADING);
    cells_right(s, PLACE_AT, y, 6, "place", STYLE_HEADING);
    cells_right(s, BYTES_AT, y, 10, "bytes", STYLE_HEADING);
    cells_text(s, WHO_AT, y, s->width - WHO_AT, "whose block", STYLE_HEADING);
}

static void draw_line(const struct answer *a, struct screen *s, int y,
                      int width, size_t line) {
    if (line < a->holder_count) {
        draw_holder(s, y, width, &a->holders[a->holder_count - 1 - line]);
        return;
    }
    line -= a->holder_count;
    if (line < BETWEEN_LINES)
        draw_between(s, y, line);
    else
        draw_happening(
            s, y, width,
            &a->history[a->history_count - 1 - (line - BETWEEN_LINES)]);
}

// ---- the list ----

static void draw_head(struct screen *s, struct box box, const struct answer *a,
                      const struct subject *of) {
    uint32_t span = of->number, segment = of->number, index = 0;
    char title[64];
    for (size_t i = 0; i < a->span_count; i++)
        if (a->spans[i].number == span && of->kind != SUBJECT_SEGMENT) {
            segment = a->spans[i].segment;
            index = a->spans[i].index;
        }
    if (of->kind == SUBJECT_SEGMENT)
        snprintf(title, sizeof title, "SEGMENT %u", segment);
    else if (segment == ANSWER_NONE)
        snprintf(title, sizeof title, "HUGE BLOCK");
    else if (of->kind == SUBJECT_BLOCK)
        snprintf(title, sizeof title, "BLOCK %u of span %u:%u", of->block,
                 segment, index);
    else
        snprintf(title, sizeof title, "SPAN %u:%u", segment, index);
    int x = 1 + cells_text(s, 1, box.y, 40, title, STYLE_HEADING);
    cells_text(s, x + 2, box.y, box.width - x - 3,
               "who held it, one after the other", STYLE_TEXT);
    cells_right(s, 1, box.y, box.width - 2, "t goes on, Esc shows the map",
                STYLE_DIM);
    cells_right(s, 1, box.y + 1, 10, "from", STYLE_HEADING);
    cells_right(s, 12, box.y + 1, 10, "to", STYLE_HEADING);
    cells_text(s, WHAT_AT, box.y + 1, 24, "what held it, how long",
               STYLE_HEADING);
    cells_right(s, PLACE_AT, box.y + 1, 6, "place", STYLE_HEADING);
    cells_right(s, BYTES_AT, box.y + 1, 10, "bytes", STYLE_HEADING);
    cells_text(s, WHO_AT, box.y + 1, box.width - WHO_AT, "whose block",
               STYLE_HEADING);
}

void map_draw_history(struct pane *pane, struct screen *s, struct box box) {
    const struct answer *a = pane->shown->answer;
    draw_head(s, box, a, &pane->shown->history);
    if (!same(&a->history_of, &pane->shown->history)) {
        cells_text(s, 1, box.y + HEAD_LINES, box.width - 2,
                   a->unread_share > 0
                       ? "The recording is being read: then all of it is "
                         "known."
                       : "The recording is read again; Esc ends that.",
                   STYLE_DIM);
        return;
    }
    size_t count = line_count(a);
    size_t rows =
        box.height > HEAD_LINES ? (size_t)(box.height - HEAD_LINES) : 0;
    pane->map.rows = (int)rows;
    if (pane->cursor >= count)
        pane->cursor = count - 1;
    if (pane->cursor < pane->first_in)
        pane->first_in = pane->cursor;
    if (rows > 0 && pane->cursor >= pane->first_in + rows)
        pane->first_in = pane->cursor - rows + 1;
    for (size_t i = 0; i < rows && pane->first_in + i < count; i++) {
        int y = box.y + HEAD_LINES + (int)i;
        draw_line(a, s, y, box.width, pane->first_in + i);
        if (pane->first_in + i == pane->cursor)
            cells_select(s, 1, y, box.width - 2);
    }
}
