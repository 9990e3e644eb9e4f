// app_draw.h - the viewer as cells: the screen that is shown, and its frame.
#ifndef RPSCOPE_UI_APP_DRAW_H
#define RPSCOPE_UI_APP_DRAW_H

#include "viewer/ui/app.h"

enum { APP_MIN_WIDTH = 60, APP_MIN_HEIGHT = 15 };

void app_draw(struct app *app, struct screen *s);

#endif
