// table_draw.h - the columns and rows of a table as cells.
#ifndef RPSCOPE_UI_TABLE_DRAW_H
#define RPSCOPE_UI_TABLE_DRAW_H

#include "viewer/ui/table.h"

// Draws the head of the columns and the rows; the box's last rows stay empty
// when there are fewer.
void table_draw(struct table *t, struct screen *s, struct box box);

// The same, and a rule above the last `detail` lines of the box, which it
// leaves to the caller: *below. Returns the row under the cursor, or NULL when
// there is nothing to tell of there.
const struct table_row *table_draw_above(struct table *t, struct screen *s,
                                         struct box box, int detail,
                                         struct box *below);

#endif
