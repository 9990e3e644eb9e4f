// format.h - the formats that there are.
#ifndef RPSCOPE_EXPORT_FORMAT_H
#define RPSCOPE_EXPORT_FORMAT_H

#include "viewer/export/wish.h"

struct export_format {
    const char *word;
    bool needs_stacks; // of a recording without, there is nothing to write
    bool has_metric, has_table;
    bool is_binary; // nothing for a terminal
    // Writes it. False when it cannot be written: what is wrong stands in
    // `told`, or else the stream has an error.
    bool (*write)(struct answer *answer, const struct export_wish *wish,
                  FILE *out, struct export_told *told);
};

#define EXPORT_FORMAT_WORDS "folded|pprof|speedscope|firefox|perfetto|csv|html"

// The format with this name; NULL: the first, folded.
const struct export_format *export_format(const char *word);

#endif
