// views.c - the list of the screens, each defined in a file of its name.
#include "viewer/ui/view/views.h"
#include "viewer/ui/view/classes.h"
#include "viewer/ui/view/pins.h"
#include "viewer/ui/view/sites.h"
#include "viewer/ui/view/summary.h"

#include <string.h>

const struct view *const views[] = {
    &summary_view, &classes_view, &sites_view, &pins_view, NULL,
};

const struct view *views_find(const char *name) {
    for (int i = 0; views[i]; i++)
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    return NULL;
}
