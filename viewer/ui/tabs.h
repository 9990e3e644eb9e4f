// tabs.h - the line that has a tab for each screen.
#ifndef RPSCOPE_UI_TABS_H
#define RPSCOPE_UI_TABS_H

#include "viewer/ui/view.h"

// Draws the tabs of `views`, which NULL ends; `now` is the one shown. Returns
// the column behind them.
int tabs_draw(const struct view *const *views, const struct view *now,
              struct screen *s, int y);

// The view whose tab is at a column, or NULL.
const struct view *tabs_at(const struct view *const *views, int x);
// The view that has the digit, or NULL.
const struct view *tabs_digit(const struct view *const *views, int key);

#endif
