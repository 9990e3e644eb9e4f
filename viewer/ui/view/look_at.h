// look_at.h - what to look at: findings, then who pins and who uses most.
#ifndef RPSCOPE_UI_VIEW_LOOK_AT_H
#define RPSCOPE_UI_VIEW_LOOK_AT_H

#include "viewer/ui/view.h"

enum { LOOK_AT_MOST = 64 };

struct look_at_item {
    const struct answer_finding *finding; // NULL: no finding, but a figure
    const char *kind;
    const struct view *view; // where it is explained; NULL: nowhere
    uint32_t site;
};

struct look_at {
    struct look_at_item items[LOOK_AT_MOST];
    size_t count;
};

void look_at_fill(struct look_at *list, const struct answer *a);

// Draws a heading and rows - 1 items, the one under the cursor of the pane
// among them.
void look_at_draw(const struct look_at *list, struct pane *pane,
                  struct screen *s, int y, int rows, int width);

// Moves the cursor of the pane, or goes to where its item is explained.
bool look_at_act(const struct look_at *list, struct pane *pane,
                 enum action action, struct request *request);

#endif
