// time_chart.h - what was held over time, its parts on one another, with an
// axis, rates and marks.
#ifndef RPSCOPE_UI_VIEW_TIME_CHART_H
#define RPSCOPE_UI_VIEW_TIME_CHART_H

#include "viewer/ui/notable.h"
#include "viewer/ui/view.h"

void time_chart_draw(const struct shown *shown, struct screen *s,
                     struct box box, const struct notables *notables);

#endif
