// parts.h - how each part of the held bytes is drawn, on every screen.
#ifndef RPSCOPE_UI_VIEW_PARTS_H
#define RPSCOPE_UI_VIEW_PARTS_H

#include <stdint.h>

#include "viewer/heap/moment.h"
#include "viewer/screen/cells.h"

struct part_look {
    uint32_t glyph;
    enum style style;
};

extern const struct part_look part_looks[PARTS];

#endif
