// speedscope.h - stacks as speedscope's own file.
#ifndef RPSCOPE_EXPORT_SPEEDSCOPE_H
#define RPSCOPE_EXPORT_SPEEDSCOPE_H

#include "viewer/export/wish.h"

// Writes JSON of https://www.speedscope.app/file-format-schema.json: a profile
// for each metric of which there is some, the wished one shown first, with
// inlined functions as frames of their own.
bool speedscope_write(struct answer *answer, const struct export_wish *wish,
                      FILE *out, struct export_told *told);

#endif
