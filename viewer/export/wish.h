// wish.h - what is to be exported, and what is said of it afterwards.
#ifndef RPSCOPE_EXPORT_WISH_H
#define RPSCOPE_EXPORT_WISH_H

#include <stdbool.h>
#include <stdio.h>

#include "viewer/export/metrics.h"

struct export_wish {
    const struct export_metric *metric; // of formats that have one
    const char *table;                  // its key, of formats that have one
    const char *path;                   // where it goes to, as people are told
};

// What was written, for people: "1,204 samples; go tool pprof x.pb.gz". Or why
// it was not.
struct export_told {
    char text[1024];
};
void export_tell(struct export_told *told, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
