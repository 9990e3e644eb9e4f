// sites.h - call sites: who allocated what is live, with stacks and source.
#ifndef RPSCOPE_UI_VIEW_SITES_H
#define RPSCOPE_UI_VIEW_SITES_H

#include "viewer/ui/view.h"

extern const struct view sites_view;

// Call sites as items of a table, for screens with a table of them, too: the
// row, and what search and filter look at.
const void *sites_row(const struct shown *shown, uint32_t item);
void sites_item_name(const struct shown *shown, uint32_t item, char *out,
                     size_t size);

#endif
