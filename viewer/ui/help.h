// help.h - explains the screen that is shown: its words, its keys, and which
// other screens there are.
#ifndef RPSCOPE_UI_HELP_H
#define RPSCOPE_UI_HELP_H

#include "viewer/ui/view.h"

enum { HELP_FILTER_BYTES = 32 };

struct help {
    bool open;
    char filter[HELP_FILTER_BYTES];
    size_t top;                      // the first line shown
    const struct view *const *views; // NULL ends
};

void help_open(struct help *help, const struct view *const *views);
void help_draw(struct help *help, const struct view *view, struct screen *s,
               struct box box);
// May close it.
void help_key(struct help *help, int key);

#endif
