// views.c - the list of the screens, each defined in a file of its name.
#include "viewer/ui/view/views.h"
#include "viewer/ui/view/calls.h"
#include "viewer/ui/view/classes.h"
#include "viewer/ui/view/map.h"
#include "viewer/ui/view/pins.h"
#include "viewer/ui/view/summary.h"
#include "viewer/ui/view/time.h"

#include <string.h>

const struct view *const views[] = {
    &summary_view, &time_view, &map_view, &classes_view,
    &calls_view,   &pins_view, NULL,
};

const struct view *views_find(const char *name) {
    for (int i = 0; views[i]; i++)
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    return NULL;
}
