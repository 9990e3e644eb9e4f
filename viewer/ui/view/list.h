// list.h - moving the cursor of a pane in a list that is no table.
#ifndef RPSCOPE_UI_VIEW_LIST_H
#define RPSCOPE_UI_VIEW_LIST_H

#include "viewer/ui/view.h"

// LIST_ENDS: a page goes to the end of the list.
#define LIST_ENDS SIZE_MAX

// Moves pane->cursor, which stays between 0 and `last`; a page is so many
// lines. False when the action is none of that.
bool list_move(struct pane *pane, enum action action, size_t last, size_t page);

#endif
