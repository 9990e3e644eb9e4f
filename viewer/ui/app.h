// app.h - the viewer without its terminal: keys go in, app_draw.h draws it.
//
// It knows the screens as a list that it is given. What a screen asks for, it
// does after the screen has acted.
#ifndef RPSCOPE_UI_APP_H
#define RPSCOPE_UI_APP_H

#include "viewer/ui/app_stack.h"

// `path`: of the trace, which is not read yet. `views`: at most
// APP_MOST_VIEWS; the first is shown.
void app_open(struct app *app, const char *path,
              const struct view *const *views);
// The answer is there: the first, or of another moment. The app does not own
// it, and does not use the one before any more.
void app_ready(struct app *app, struct answer *answer);
// The same, of what was read of the trace by now; there will be another.
void app_early(struct app *app, struct answer *answer);
// There is no answer of the moment that was asked for; why, in a sentence.
void app_stay(struct app *app, const char *why);
void app_close(struct app *app);

// A key was pressed; x and y are for the mouse.
void app_key(struct app *app, int key, int x, int y);

#endif
