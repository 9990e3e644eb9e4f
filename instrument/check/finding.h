// finding.h - what is wrong, where, and what is known of it.
#ifndef RP_INSTRUMENT_CHECK_FINDING_H
#define RP_INSTRUMENT_CHECK_FINDING_H

#include "instrument/check/table.h"
#include "instrument/options/check_options.h"

struct rp_finding {
    enum rp_check_kind kind;
    const char *what;   // "double free"
    const char *detail; // what is known beyond the block; NULL
    const char *advice; // what to do
    const char *call;   // at which it was found; "the end", ...
    const void *address;
    struct rp_check_found found; // the block that it is about, if there is one
    // Bytes that should all be `fill`; NULL: it is about no damage.
    const uint8_t *damage;
    size_t damage_bytes;
    uint8_t fill;
    bool is_likely; // rather than certain
    bool is_freed;  // by then the block was freed
    uint32_t now;   // the stack of the caller; 0: it says nothing
};

#endif
