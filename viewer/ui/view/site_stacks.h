// site_stacks.h - the call stacks of a call site, as lines of its table.
#ifndef RPSCOPE_UI_VIEW_SITE_STACKS_H
#define RPSCOPE_UI_VIEW_SITE_STACKS_H

#include "viewer/ui/shown.h"
#include "viewer/ui/table.h"

// The lines of an unfolded site, and one of them, from 0 on.
uint32_t site_stacks_lines(const struct shown *shown, uint32_t item);
void site_stacks_draw_line(const struct shown *shown, struct screen *s,
                           struct box box, uint32_t item, uint32_t wanted);

// The stack and the frame in it that is under the cursor of a table, whose row
// there is of the site, or that names the site. Returns the frames, or NULL
// when no stack was recorded.
const struct frame *site_stacks_selected(const struct table *t, uint32_t site,
                                         size_t *frame, size_t *count);

#endif
