// sites.h - call sites: who allocated what is live, with stacks and source.
#ifndef RPSCOPE_UI_VIEW_SITES_H
#define RPSCOPE_UI_VIEW_SITES_H

#include "viewer/ui/view.h"

extern const struct view sites_view;

// Call sites as items of a table, for screens with a table of them, too: what
// search and filter look at, and the order of their names.
void sites_item_name(const struct shown *shown, uint32_t item, char *out,
                     size_t size);
int sites_compare_names(const struct shown *shown, uint32_t a, uint32_t b);

#endif
