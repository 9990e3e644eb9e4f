// notable.h - instants of a recording that one wants to go to: marks,
// snapshots, peaks, findings, in the order of time.
#ifndef RPSCOPE_UI_NOTABLE_H
#define RPSCOPE_UI_NOTABLE_H

#include "viewer/ui/shown.h"

enum notable_kind {
    NOTABLE_MARK,
    NOTABLE_SNAPSHOT,
    NOTABLE_PEAK,
    NOTABLE_FINDING,
};

struct notable {
    uint64_t ns;
    enum notable_kind kind;
    const char *text; // of a mark, a peak, a finding
    uint64_t number;  // of a snapshot
    struct shown_moment moment;
};

enum { NOTABLE_MOST = 512 };

struct notables {
    struct notable list[NOTABLE_MOST];
    size_t count;
};

// Of more than there is room for, the first marks.
void notable_fill(struct notables *notables, const struct answer *answer);
// The next one after `ns`, or the last one before it; NULL: there is none.
const struct notable *notable_next(const struct notables *notables,
                                   uint64_t ns);
const struct notable *notable_previous(const struct notables *notables,
                                       uint64_t ns);

#endif
