// map.h - the span map: each span a cell, how full it is and who keeps it.
#ifndef RPSCOPE_UI_VIEW_MAP_H
#define RPSCOPE_UI_VIEW_MAP_H

#include "viewer/ui/view.h"

extern const struct view map_view;

#endif
