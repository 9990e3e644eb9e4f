// call_groups.h - live blocks by what they have in common, in the place of call
// sites.
#ifndef RPSCOPE_UI_VIEW_CALL_GROUPS_H
#define RPSCOPE_UI_VIEW_CALL_GROUPS_H

#include "viewer/ui/view.h"

// shown.group_by is not 0.
extern const struct table_ops call_groups_table;

// Asks for the next of the words; behind the last one call sites come again.
// Between two moments it says why not.
void call_groups_next(const struct shown *shown, struct request *request);
// In the place of what is told of a call site.
void call_groups_draw_detail(const struct table *t, struct screen *s,
                             struct box box, uint32_t item);

#endif
