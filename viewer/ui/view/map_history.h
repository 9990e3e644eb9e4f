// map_history.h - who held a span, block or segment, and what happened to it:
// the last first, as one list.
#ifndef RPSCOPE_UI_VIEW_MAP_HISTORY_H
#define RPSCOPE_UI_VIEW_MAP_HISTORY_H

#include "viewer/ui/view.h"

void map_draw_history(struct pane *pane, struct screen *s, struct box box);
// Moves the cursor of the list; false when the action is none of that.
bool map_scroll_history(struct pane *pane, enum action action);

// What the history is asked of next: of a block, then of its span, of the
// segment, of nothing.
struct subject map_next_history(const struct pane *pane);

#endif
