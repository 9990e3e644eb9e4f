// map_cells.h - the cells of the span map, and the cursor among them.
#ifndef RPSCOPE_UI_VIEW_MAP_CELLS_H
#define RPSCOPE_UI_VIEW_MAP_CELLS_H

#include "viewer/ui/view.h"

enum map_color {
    MAP_WASTE,
    MAP_CLASS,
    MAP_HEAP,
    MAP_AGE,
    MAP_SITE,
    MAP_COLORS
};

const char *map_color_name(unsigned color);

// The span under the cursor: its index in answer.spans. There is one.
size_t map_current(const struct pane *pane);
// Puts the cursor on the span that it was on, or on the next one that is still
// there.
void map_keep_cursor(struct pane *pane);

void map_draw_cells(struct pane *pane, struct screen *s, struct box box);
// Moves the cursor, or zooms; false when the action is none of these.
bool map_move(struct pane *pane, enum action action);

#endif
