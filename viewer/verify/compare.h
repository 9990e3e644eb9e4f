// compare.h - whether two runs of a program asked for the same and got
// it at the same places.
//
// While a program has one thread, the allocator alone decides where a block
// goes: there every place counts. Where several threads are at work it is also
// chance; there what each thread asked for is compared, and blocks that lie
// elsewhere are counted.
#ifndef RPSCOPE_VERIFY_COMPARE_H
#define RPSCOPE_VERIFY_COMPARE_H

#include "viewer/verify/log.h"

enum verify_outcome {
    VERIFY_ALIKE,
    VERIFY_ASKED,  // the program asked for something else
    VERIFY_PLACED, // the allocator did something else
};

struct verify_comparison {
    enum verify_outcome outcome;
    uint64_t alike; // calls that are the same, of all threads
    uint64_t moved; // the same, but put elsewhere while threads were at work
    // The first difference; of `one` or `other` there may be none any more:
    // the thread had ended.
    size_t thread; // 1..
    uint64_t call; // of the thread, 1..
    const struct call_log_event *one, *other;
};

// The result points into the logs.
struct verify_comparison verify_compare(const struct verify_log *one,
                                        const struct verify_log *other);

#endif
