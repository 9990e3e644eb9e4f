// map_why.h - why the span under the cursor of the map does not become free,
// and why its segment does not go back.
#ifndef RPSCOPE_UI_VIEW_MAP_WHY_H
#define RPSCOPE_UI_VIEW_MAP_WHY_H

#include "viewer/ui/view.h"

void map_draw_why(const struct pane *pane, struct screen *s, struct box box);

#endif
