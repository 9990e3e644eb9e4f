// finding.h - what a check has found, on its way into the trace.
#ifndef RP_INSTRUMENT_CAPTURE_FINDING_H
#define RP_INSTRUMENT_CAPTURE_FINDING_H

#include <stdint.h>

enum { RP_FINDING_FRAMES = 64 };

// Return addresses, from the innermost outwards.
struct rp_finding_stack {
    unsigned count;
    uint64_t frames[RP_FINDING_FRAMES];
};

// Writes the event; nothing happens when there is no recording. text: what is
// to be told, its first line the headline; the first 1,024 bytes count. Any
// thread; allocates nothing.
void rp_finding_record(const char *text, const struct rp_finding_stack *now,
                       const struct rp_finding_stack *made,
                       const struct rp_finding_stack *freed);

#endif
