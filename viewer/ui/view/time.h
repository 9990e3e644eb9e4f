// time.h - the recording over time: what was held, in what, and when what
// happened.
#ifndef RPSCOPE_UI_VIEW_TIME_H
#define RPSCOPE_UI_VIEW_TIME_H

#include "viewer/ui/view.h"

extern const struct view time_view;

#endif
