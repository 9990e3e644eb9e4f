// map_blocks.h - the blocks of the span under the cursor of the map, as a list:
// size, age, call site; then the places that are free, with who was there last.
#ifndef RPSCOPE_UI_VIEW_MAP_BLOCKS_H
#define RPSCOPE_UI_VIEW_MAP_BLOCKS_H

#include "viewer/ui/view.h"

void map_draw_blocks(struct pane *pane, struct screen *s, struct box box);
// The place of the block under the cursor of the list.
uint32_t map_current_block(const struct pane *pane);
// Moves the cursor of the list; false when the action is none of that.
bool map_scroll_blocks(struct pane *pane, enum action action);

#endif
