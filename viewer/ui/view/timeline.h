// timeline.h - what was held over time, as one line, with its marks below.
#ifndef RPSCOPE_UI_VIEW_TIMELINE_H
#define RPSCOPE_UI_VIEW_TIMELINE_H

#include "viewer/answer/answer.h"
#include "viewer/screen/cells.h"

// Draws the line from x on, and the peak at its right. flags: also the marks
// and snapshots, on the line below.
void timeline_draw(const struct answer *a, struct screen *s, int x, int y,
                   int width, bool flags);

#endif
