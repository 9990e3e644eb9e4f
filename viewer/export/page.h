// page.h - one page of HTML that can be shown to others.
#ifndef RPSCOPE_EXPORT_PAGE_H
#define RPSCOPE_EXPORT_PAGE_H

#include "viewer/export/wish.h"

// Writes the verdict, a drawing of what was used and held, where the bytes are,
// pins, call sites, size classes and findings. It needs no other file and no
// network, and has no script; it stays below 2 MiB.
bool page_write(struct answer *answer, const struct export_wish *wish,
                FILE *out, struct export_told *told);

#endif
