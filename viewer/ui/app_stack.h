// app_stack.h - from screen to screen, and back.
#ifndef RPSCOPE_UI_APP_STACK_H
#define RPSCOPE_UI_APP_STACK_H

#include "viewer/ui/app_state.h"

// The view to begin with; there is nothing to go back to.
void app_begin(struct app *app, const struct view *view);
// Shows the view; where it was before is where one goes back to.
void app_stack_go(struct app *app, const struct view *view);
// The view `step` after the one shown, in its place.
void app_stack_step(struct app *app, int step);

// The view that is shown.
const struct view *app_view(const struct app *app);
// The table of a view; NULL: it has none, or there is nothing to show yet.
struct table *app_table(struct app *app, const struct view *view);

#endif
