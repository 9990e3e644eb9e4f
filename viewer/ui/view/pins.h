// pins.h - who keeps free memory from going back.
#ifndef RPSCOPE_UI_VIEW_PINS_H
#define RPSCOPE_UI_VIEW_PINS_H

#include "viewer/ui/view.h"

extern const struct view pins_view;

#endif
