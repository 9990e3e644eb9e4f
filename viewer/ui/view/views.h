// views.h - the list of the screens, each defined in a file of its name.
#ifndef RPSCOPE_UI_VIEW_VIEWS_H
#define RPSCOPE_UI_VIEW_VIEWS_H

#include "viewer/ui/view.h"

// In the order of the tabs and of the digits that go there; NULL ends.
extern const struct view *const views[];

// Their names, as an option takes them and as its help tells them.
#define VIEWS_NAMES "summary|time|map|classes|calls|pins"
#define VIEWS_TEXT "summary, time, map, classes, calls or pins"

// The view called `name`, or NULL.
const struct view *views_find(const char *name);

#endif
