// time_between.h - the part of the time screen that says what happened since
// another moment, by call site.
#ifndef RPSCOPE_UI_VIEW_TIME_BETWEEN_H
#define RPSCOPE_UI_VIEW_TIME_BETWEEN_H

#include "viewer/screen/cells.h"
#include "viewer/ui/shown.h"

// The answer has such a moment.
void time_between_draw(const struct shown *shown, struct screen *s,
                       struct box box);

#endif
