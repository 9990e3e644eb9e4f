// perfetto.h - used and held bytes over time, for Perfetto.
#ifndef RPSCOPE_EXPORT_PERFETTO_H
#define RPSCOPE_EXPORT_PERFETTO_H

#include "viewer/export/wish.h"

// Writes a trace of Perfetto's own format: a counter for what is used, for what
// is held and for each part of it, with the most and the least of each step of
// time, and marks and findings as instants. No heap graph, which would be of
// references: stacks go to it as pprof.
bool perfetto_write(struct answer *answer, const struct export_wish *wish,
                    FILE *out, struct export_told *told);

#endif
