// lives.h - every block of a recording, when it came and when it went.
//
// The trace is read once more for it, in order, and of the heap nothing is kept
// but its state: memory is needed for live blocks, and not for events.
#ifndef RPSCOPE_EXPORT_LIVES_H
#define RPSCOPE_EXPORT_LIVES_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/base/fail.h"

// A block comes or goes. Of one whose size was changed where it is, the old one
// goes and a new one comes.
struct life {
    bool comes;
    bool stays;           // told at the end, once more: it lives then
    uint32_t span, block; // where it lies: no two live ones lie there
    uint64_t birth;       // steps; with the place, which life it is
    uint64_t bytes;       // asked for
    uint32_t stack;       // node of the trace's tree; 0: not recorded
    uint64_t ns;          // when, since the start of the recording
};

// Tells of all that happens up to `events` events. What was there before the
// recording, or was freed while it was paused, comes and goes when the trace
// tells of that. At last all that live then are told once more, with the time
// of their birth. False with a sentence when the trace cannot be read.
bool lives_each(const char *path, uint64_t events,
                void (*visit)(const struct life *life, void *context),
                void *context, struct failure *failure);

#endif
