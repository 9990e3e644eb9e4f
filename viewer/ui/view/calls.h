// calls.h - call sites: who allocated what is live, with stacks and source.
#ifndef RPSCOPE_UI_VIEW_CALLS_H
#define RPSCOPE_UI_VIEW_CALLS_H

#include "viewer/ui/view.h"

extern const struct view calls_view;

// Call sites as items of a table, for screens with a table of them, too: the
// row, and what search and filter look at.
const void *calls_row(const struct shown *shown, uint32_t item);
void calls_item_name(const struct shown *shown, uint32_t item, char *out,
                     size_t size);
// The conditions of its blocks.
void calls_conditions(const struct shown *shown, uint32_t item, char *out,
                      size_t size);

#endif
