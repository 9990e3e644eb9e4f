// table.h - the processes of a recording as a table and as JSON.
#ifndef RPSCOPE_PROCESSES_TABLE_H
#define RPSCOPE_PROCESSES_TABLE_H

#include <stdio.h>

#include "viewer/processes/processes.h"

// A line for each of the first `most` processes, those with the most held of
// their own; 0: for all. Each begins with `before`. What a terminal would act
// on in a name is escaped.
void processes_table(const struct processes *processes, size_t most,
                     const char *before, FILE *out);

// One object with everything; root: the path of the first trace.
void processes_json(const struct processes *processes, const char *root,
                    FILE *out);

#endif
