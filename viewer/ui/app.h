// app.h - the viewer without its terminal: keys go in, screens come out.
#ifndef RPSCOPE_UI_APP_H
#define RPSCOPE_UI_APP_H

#include "viewer/ui/view.h"

enum { APP_MIN_WIDTH = 60, APP_MIN_HEIGHT = 15 };

// `path`: of the trace, which is not read yet.
void app_open(struct app *app, const char *path);
// The answer is there: the first, or of another moment. The app does not own
// it, and does not use the one before any more.
void app_ready(struct app *app, struct answer *answer);
// There is no answer of the moment that was asked for; why, in a sentence.
void app_stay(struct app *app, const char *why);
void app_close(struct app *app);

// A key was pressed; x and y are for the mouse.
void app_key(struct app *app, int key, int x, int y);

void app_draw(struct app *app, struct screen *s);

// The names of the views, as options take them.
#define APP_VIEW_NAMES "summary|classes|sites|pins"
// The view called `name`, or NULL.
const struct view *app_find_view(const char *name);
// The view to begin with; there is nothing to go back to.
void app_begin(struct app *app, const struct view *view);

// Parts of the app, each in a file of its own.
void help_draw(struct app *app, struct screen *s, struct box box);
void help_key(struct app *app, int key); // help.c
void prompt_open(struct app *app, enum prompt prompt);
void prompt_key(struct app *app, int key);
void prompt_draw(struct app *app, struct screen *s, int y); // prompt.c

#endif
