// classes.h - size classes: how full the spans of each block size are.
#ifndef RPSCOPE_UI_VIEW_CLASSES_H
#define RPSCOPE_UI_VIEW_CLASSES_H

#include "viewer/ui/view.h"

extern const struct view classes_view;

#endif
