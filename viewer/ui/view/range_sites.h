// range_sites.h - call sites between two moments as items of a table: what
// stands in Calls and in Pins when there is a range.
#ifndef RPSCOPE_UI_VIEW_RANGE_SITES_H
#define RPSCOPE_UI_VIEW_RANGE_SITES_H

#include "viewer/ui/view.h"

extern const struct table_ops calls_range_table, pins_range_table;

// Which of the answer's sites an item of the table is of, whether it is one of
// these tables or a table of all sites; ANSWER_NONE: of sites that come later.
uint32_t range_site_of(const struct table *table, uint32_t item);

#endif
