// list.c - moving the cursor of a pane in a list that is no table.
#include "viewer/ui/view/list.h"

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

bool list_move(struct pane *pane, enum action action, size_t last,
               size_t page) {
    size_t at = least(pane->cursor, last);
    switch (action) {
    case ACTION_UP:
        pane->cursor = at - least(at, 1);
        return true;
    case ACTION_DOWN:
        pane->cursor = at + least(last - at, 1);
        return true;
    case ACTION_PAGE_UP:
        pane->cursor = at - least(at, page);
        return true;
    case ACTION_PAGE_DOWN:
        pane->cursor = at + least(last - at, page);
        return true;
    case ACTION_FIRST:
        pane->cursor = 0;
        return true;
    case ACTION_LAST:
        pane->cursor = last;
        return true;
    default:
        return false;
    }
}
