// baseline.h - the recordings that a check compares with.
#ifndef RPSCOPE_CHECK_BASELINE_H
#define RPSCOPE_CHECK_BASELINE_H

#include <stddef.h>

#include "viewer/base/fail.h"
#include "viewer/runs/spread.h"

struct baseline {
    char *list[RUNS_MOST];
    size_t count;
};

// Reads names of files with commas between them; a file whose name has a comma
// is one. Each is looked at: one that is there and is no trace of this format,
// a report in JSON say, is refused. False with a sentence, and nothing to free.
bool baseline_read(const char *text, struct baseline *baseline,
                   struct failure *failure);
void baseline_free(struct baseline *baseline);

#endif
