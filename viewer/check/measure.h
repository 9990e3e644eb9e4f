// measure.h - whether a rule holds of a recording, and by how much.
//
// Of several runs the middle value counts. A rule that compares with a baseline
// is broken when it is so beyond what the runs differ by themselves
// (runs/spread.h): noise breaks no rule.
#ifndef RPSCOPE_CHECK_MEASURE_H
#define RPSCOPE_CHECK_MEASURE_H

#include "viewer/check/rule.h"
#include "viewer/runs/pairs.h"

struct outcome {
    const struct rule *rule;
    bool holds;
    size_t rows;     // that the rule is about
    size_t breaking; // of these, RULE_EACH: for which it does not hold
    // Of the row that is furthest beyond its limit, or nearest to it; of the
    // sum or the number of rows. `known` is false when there is no such row.
    bool known;
    double value, limit;
    double least, most; // of the value, in several runs
    double doubt;       // how far beyond its limit it may be for their spread
    const void *row;    // NULL for sums, totals, and numbers of rows but for
                        // the first of findings
    struct answer *of;  // whose row it is: of the baseline what is there alone
};

// Measures. `base`: the runs of the baseline; none when no rule asks for one. A
// rule that cannot be measured is no rule that holds: false with a
// sentence.
bool measure(const struct runs *runs, const struct runs *base,
             const struct rule *rule, struct outcome *outcome,
             struct failure *failure);

#endif
