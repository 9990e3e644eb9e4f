// map.c - the span map: each span a cell, how full it is and who keeps it.
#include "viewer/ui/view/map.h"
#include "viewer/answer/span_map.h"
#include "viewer/ui/view/map_blocks.h"
#include "viewer/ui/view/map_cells.h"
#include "viewer/ui/view/map_history.h"
#include "viewer/ui/view/map_span.h"
#include "viewer/ui/view/map_why.h"

#include <stdio.h>
#include <string.h>

static const char *const map_words[] = {
    "cell",
    "A span: a piece of memory cut into blocks of one size. Zoomed out, some "
    "of them in a row. Its height is how full it is.",
    "L, H",
    "Spans of a large block; a huge block, with memory of its own.",
    "t, g",
    "Empty spans in the cache of a thread, or in the one of all: they serve "
    "the next request of any size.",
    "kept",
    "A small circle is a span without a live block that a heap keeps for its "
    "next ones; a tilde one whose freed blocks their heap has not taken back "
    "yet.",
    "unused",
    "A dot is a span of a segment that nobody has now. The segment goes back "
    "as a whole, so it may stay for other spans' sake.",
    "wasted",
    "The colour, at first: bytes held and not used, from dark to bright. c "
    "goes on to size class, heap, age and call site.",
    "why",
    "w tells why the span under the cursor does not become free, and why its "
    "segment does not go back: whose blocks, which cache, which rule.",
    "history",
    "t reads the recording again, up to this moment: what happened to the "
    "span, "
    "and the shortest row of holders without which it would have been free: "
    "each block of it, or cache, and when it took over.",
    "age",
    "Since the birth of the oldest live block of the span: the brightest are "
    "as old as the recording.",
    NULL,
};

enum {
    PANEL_WIDTH = 40, // at the right, where the screen is wide
    PANEL_HEIGHT = 6, // below, else
    WIDE = 92,
    WIDE_HEAD = 80, // has room for how many spans there are
};

static void draw_head(struct pane *pane, struct screen *s, struct box box) {
    const struct shown *shown = pane->shown;
    const struct answer *a = shown->answer;
    const struct map_state *map = &pane->map;
    char scale[64];
    if (map->zoom == 0)
        snprintf(scale, sizeof scale, "1 cell = 1 span of %s",
                 number_iec(a->span_bytes).text);
    else
        snprintf(scale, sizeof scale, "1 cell = %u spans", 1u << map->zoom);
    int x = 1 + cells_text(s, 1, box.y, box.width, scale, STYLE_HEADING);
    cells_print(s, x + 2, box.y, STYLE_DIM, "height: how full   colour: %s",
                map_color_name(map->color));
    if (box.width < WIDE_HEAD)
        return;
    char count[64];
    snprintf(count, sizeof count, "%s spans", number_count(a->span_count).text);
    cells_right(s, box.width - 16, box.y, 15, count, STYLE_DIM);
}

static void draw_legend(struct screen *s, int y, int width) {
    static const struct {
        uint32_t glyph;
        const char *text;
    } entries[] = {{0x2588, "full"},       {0x2581, "nearly empty"},
                   {0x25cb, "kept empty"}, {'~', "to be taken back"},
                   {'L', "large"},         {'H', "huge"},
                   {'t', "thread cache"},  {'g', "global cache"},
                   {0x2219, "not in use"}};
    int x = 1;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        int room = width - x - 1;
        if (room < (int)strlen(entries[i].text) + 2)
            return;
        cells_put(s, x, y, entries[i].glyph, STYLE_TEXT);
        x += 2 + cells_text(s, x + 2, y, room - 2, entries[i].text, STYLE_DIM) +
             2;
    }
}

static void map_draw(struct pane *pane, struct screen *s, struct box box) {
    const struct answer *a = pane->shown->answer;
    if (a->span_count == 0) {
        cells_text(s, 1, box.y, box.width - 2, "Nothing is mapped now.",
                   STYLE_DIM);
        return;
    }
    map_keep_cursor(pane);
    if (pane->map.mode == MAP_HISTORY &&
        pane->shown->history.kind == SUBJECT_NONE) // nobody asks any more
        pane->map.mode = MAP_GRID;
    if (pane->map.mode == MAP_LIST) {
        map_draw_blocks(pane, s, box);
        return;
    }
    if (pane->map.mode == MAP_HISTORY) {
        map_draw_history(pane, s, box);
        return;
    }
    bool wide = box.width >= WIDE;
    struct box panel =
        wide ? (struct box){box.x + box.width - PANEL_WIDTH, box.y + 1,
                            PANEL_WIDTH - 1, box.height - 1}
             : (struct box){box.x + 1, box.y + box.height - PANEL_HEIGHT,
                            box.width - 2, PANEL_HEIGHT};
    bool legend = box.height >= 14;
    struct box grid = {box.x, box.y + 1,
                       wide ? box.width - PANEL_WIDTH - 1 : box.width,
                       box.height - 1 - legend - (wide ? 0 : PANEL_HEIGHT)};
    draw_head(pane, s, box);
    map_draw_cells(pane, s, grid);
    if (legend)
        draw_legend(s, grid.y + grid.height, grid.width);
    if (pane->map.mode == MAP_WHY)
        map_draw_why(pane, s, panel);
    else
        map_draw_span(pane, s, panel);
}

// What happened to what is under the cursor; then to what that is in.
static void ask_history(struct pane *pane, struct request *request) {
    request->asks_history = true;
    request->history = map_next_history(pane);
    pane->map.mode =
        request->history.kind == SUBJECT_NONE ? MAP_GRID : MAP_HISTORY;
    pane->cursor = pane->first_in = 0;
}

static bool map_act(struct pane *pane, enum action action,
                    struct request *request) {
    struct map_state *map = &pane->map;
    if (pane->shown->answer->span_count == 0)
        return false;
    map_keep_cursor(pane);
    switch (action) {
    case ACTION_ENTER:
        map->mode = map->mode == MAP_LIST ? MAP_GRID : MAP_LIST;
        pane->cursor = pane->first_in = 0;
        return true;
    case ACTION_HISTORY:
        ask_history(pane, request);
        return true;
    case ACTION_WHY:
        map->mode = map->mode == MAP_WHY ? MAP_GRID : MAP_WHY;
        return true;
    case ACTION_CANCEL:
        if (map->mode == MAP_GRID)
            return false;
        request->asks_history = map->mode == MAP_HISTORY;
        map->mode = MAP_GRID;
        return true;
    case ACTION_COLOR:
        map->color = (map->color + 1) % MAP_COLORS;
        return true;
    default:
        return map->mode == MAP_LIST      ? map_scroll_blocks(pane, action)
               : map->mode == MAP_HISTORY ? map_scroll_history(pane, action)
                                          : map_move(pane, action);
    }
}

// clang-format off
static const struct binding map_keys[] = {
    {ACTION_ENTER, {PRESS_ENTER, PRESS_DOUBLE_CLICK},
     "blocks",
     "list the blocks of the span, or show the map again", 2, KEYS_OWN},
    {ACTION_WHY, {'w'},
     "why",
     "why this span does not become free, and its segment does not go "
     "back", 2, KEYS_OWN},
    {ACTION_HISTORY, {'t'},
     "history",
     "who held the span, one after the other, and what happened to it; in the "
     "list, of the block; t again: of what it is in", 2, KEYS_OWN},
    {ACTION_COLOR, {'c'},
     "colour",
     "colour by bytes wasted, size class, heap, age or call site",
     4, KEYS_OWN},
    {ACTION_LEFT, {PRESS_ARROW_LEFT, 'h'},
     "left", "one cell to the left", 0, KEYS_OWN},
    {ACTION_RIGHT, {PRESS_ARROW_RIGHT, 'l'},
     "right", "one cell to the right", 0, KEYS_OWN},
    {ACTION_ZOOM_IN, {'+', '='},
     "zoom in", "half as much, twice as large", 3, KEYS_OWN},
    {ACTION_ZOOM_OUT, {'-'},
     "zoom out", "twice as much, half as large", 3, KEYS_OWN},
};
// clang-format on

const struct view map_view = {
    .name = "map",
    .title = "Map",
    .digit = '3',
    .says = "every span, how full it is, and who keeps it",
    .keys = OWN_KEYS(map_keys, KEYS_SCREENS),
    .words = map_words,
    .draw = map_draw,
    .act = map_act,
};
