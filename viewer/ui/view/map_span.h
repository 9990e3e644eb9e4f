// map_span.h - the span under the cursor of the map: what it is, its places,
// and whose blocks are there.
#ifndef RPSCOPE_UI_VIEW_MAP_SPAN_H
#define RPSCOPE_UI_VIEW_MAP_SPAN_H

#include "viewer/ui/view.h"

void map_draw_span(const struct pane *pane, struct screen *s, struct box box);

#endif
