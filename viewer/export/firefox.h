// firefox.h - the recording for the Firefox Profiler: what was retained in any
// range of time, by stack.
#ifndef RPSCOPE_EXPORT_FIREFOX_H
#define RPSCOPE_EXPORT_FIREFOX_H

#include "viewer/export/wish.h"

enum { FIREFOX_MOST_ALLOCATIONS = 1000000 };

// Writes a processed profile with a table of native allocations and frees and a
// track of used and of held bytes, up to the moment of the answer. Of more than
// FIREFOX_MOST_ALLOCATIONS a sample is written (life_sample.h), and `told` says
// so.
bool firefox_write(struct answer *answer, const struct export_wish *wish,
                   FILE *out, struct export_told *told);

#endif
