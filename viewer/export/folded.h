// folded.h - stacks as lines of text, for flame graphs.
#ifndef RPSCOPE_EXPORT_FOLDED_H
#define RPSCOPE_EXPORT_FOLDED_H

#include "viewer/export/wish.h"

// Writes "main;load;parse 4096\n" of each stack that has some of the metric:
// the outermost function first, and a whole number of 0 and more. What would be
// read as something else stands as something else: `;` in a name as `:`, a
// blank before digits at its end as `_`.
bool folded_write(struct answer *answer, const struct export_wish *wish,
                  FILE *out, struct export_told *told);

#endif
