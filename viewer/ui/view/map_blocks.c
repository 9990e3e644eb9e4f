// map_blocks.c - the blocks of the span under the cursor of the map, as a list.
#include "viewer/ui/view/map_blocks.h"
#include "viewer/names/site.h"
#include "viewer/ui/view/list.h"
#include "viewer/ui/view/map_cells.h"
#include "viewer/ui/view/map_panel.h"

#include <stdio.h>

bool map_scroll_blocks(struct pane *pane, enum action action) {
    size_t count;
    pane->shown->blocks(pane->shown->answer, map_current(pane), &count);
    size_t last = count ? count - 1 : 0;
    size_t page = pane->map.rows > 1 ? (size_t)pane->map.rows - 1 : 1;
    return list_move(pane, action, last, page);
}

static void draw_block(const struct answer *a, struct screen *s, int y,
                       int width, const struct answer_block *block) {
    char number[16], name[SITE_SENTENCE_BYTES];
    snprintf(number, sizeof number, "%u", block->number);
    cells_right(s, 1, y, 7, number, STYLE_DIM);
    if (block->live) {
        cells_right(s, 9, y, 10, number_iec(block->wanted).text, STYLE_TEXT);
        cells_right(s, 20, y, 10, panel_age(a, block->birth_ns).text,
                    STYLE_TEXT);
    } else {
        cells_right(s, 9, y, 10, "free", STYLE_DIM);
    }
    if (block->site == ANSWER_NONE) {
        cells_text(s, 32, y, width - 33, "nobody was here", STYLE_DIM);
        return;
    }
    panel_site_name(a, block->site, name);
    int x = 32;
    if (block->other)
        x += cells_text(s, x, y, width - x, "(not of the filter) ", STYLE_DIM);
    if (!block->live)
        x += cells_text(s, x, y, width - x, "was ", STYLE_DIM);
    cells_text_middle(s, x, y, width - x - 1, name,
                      block->live && !block->other ? STYLE_TEXT : STYLE_DIM);
}

// The place at `rank`, those with a live block first.
static const struct answer_block *ranked(const struct answer_block *blocks,
                                         size_t count, size_t rank,
                                         size_t live_count) {
    bool live = rank < live_count;
    rank -= live ? 0 : live_count;
    for (size_t i = 0; i < count; i++)
        if (blocks[i].live == live && rank-- == 0)
            return &blocks[i];
    return NULL;
}

static size_t count_live(const struct answer_block *blocks, size_t count) {
    size_t live = 0;
    for (size_t i = 0; i < count; i++)
        live += blocks[i].live;
    return live;
}

uint32_t map_current_block(const struct pane *pane) {
    const struct shown *shown = pane->shown;
    size_t count;
    const struct answer_block *blocks =
        shown->blocks(shown->answer, map_current(pane), &count);
    const struct answer_block *block =
        ranked(blocks, count, pane->cursor, count_live(blocks, count));
    return block ? block->number : 0;
}

void map_draw_blocks(struct pane *pane, struct screen *s, struct box box) {
    const struct shown *shown = pane->shown;
    const struct answer *a = shown->answer;
    size_t count, index = map_current(pane);
    struct panel p = {shown, s, {1, box.y, box.width - 2, 1}};
    panel_title(&p, &a->spans[index]);
    cells_right(s, 1, box.y, box.width - 2, "Esc shows the map", STYLE_DIM);
    cells_right(s, 1, box.y + 1, 7, "place", STYLE_HEADING);
    cells_right(s, 9, box.y + 1, 10, "asked for", STYLE_HEADING);
    cells_right(s, 20, box.y + 1, 10, "age", STYLE_HEADING);
    cells_text(s, 32, box.y + 1, box.width - 33, "call site", STYLE_HEADING);
    const struct answer_block *blocks =
        shown->blocks(shown->answer, index, &count);
    size_t live = count_live(blocks, count);
    size_t rows = box.height > 2 ? (size_t)box.height - 2 : 0;
    pane->map.rows = (int)rows;
    if (count == 0)
        cells_text(s, 1, box.y + 2, box.width - 2,
                   "The span is not cut into blocks now.", STYLE_DIM);
    if (pane->cursor >= count)
        pane->cursor = count ? count - 1 : 0;
    if (pane->cursor < pane->first_in)
        pane->first_in = pane->cursor;
    if (rows > 0 && pane->cursor >= pane->first_in + rows)
        pane->first_in = pane->cursor - rows + 1;
    for (size_t i = 0; i < rows && pane->first_in + i < count; i++) {
        int y = box.y + 2 + (int)i;
        draw_block(a, s, y, box.width,
                   ranked(blocks, count, pane->first_in + i, live));
        if (pane->first_in + i == pane->cursor)
            cells_select(s, 1, y, box.width - 2);
    }
}
