// scrubber.h - the time cursor of all screens: moving it, and the line that
// shows where it is.
#ifndef RPSCOPE_UI_SCRUBBER_H
#define RPSCOPE_UI_SCRUBBER_H

#include "viewer/screen/cells.h"
#include "viewer/ui/keys.h"
#include "viewer/ui/shown.h"

// What was held, from the beginning of the range to its end, with the moment
// that is shown.
void scrubber_draw(struct shown *shown, struct screen *s, int y);
// The moment that was clicked on, if that is where it was drawn.
bool scrubber_click(const struct shown *shown, int x, int y,
                    struct shown_moment *to);

// Where the cursor goes from `now`. False: it stays, and *why says so.
bool scrubber_move(const struct shown *shown, const struct shown_moment *now,
                   enum action action, struct shown_moment *to,
                   const char **why);
// "12.4s", "end", "peak", "peak-used", "event 1234", "mark NAME", "snapshot 2".
bool scrubber_read(const struct shown *shown, const char *text,
                   struct shown_moment *to);

#endif
