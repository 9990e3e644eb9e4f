// rule.h - what must hold of a recording: `held_bytes <= 512MiB`.
//
// A rule is [TABLE [`[`CONDITIONS`]`] `:`] [sum] KEY HOW LIMIT. Without a table
// it is about the totals. With one it is about each of its rows, or those that
// the conditions choose (query/condition.h); `sum KEY` is over these rows, and
// the KEY `rows` is their number. HOW is <, <=, >, >=, = or !=. LIMIT is a
// value in the unit of the column, or follows from the same value of a
// baseline: `base`, `base + 5%`, `base - 1MiB`.
//
//   held_bytes <= 512MiB
//   pins: share_bytes <= 8MiB
//   sites[function ~ log_]: sum live_bytes <= base + 5%
//   findings[severity = error]: rows = 0
#ifndef RPSCOPE_CHECK_RULE_H
#define RPSCOPE_CHECK_RULE_H

#include "viewer/query/condition.h"

enum rule_of {
    RULE_EACH, // row
    RULE_SUM,  // of a column
    RULE_ROWS, // how many
};

struct rule {
    char text[512];   // as it was written
    const char *file; // it stands there, in that line; NULL: it was given
    unsigned line;    // on the command line
    const struct data_table *table;
    struct condition conditions[CONDITIONS_MOST];
    size_t condition_count;
    enum rule_of of;
    const struct table_column *column; // NULL for RULE_ROWS
    enum condition_how how;
    // The limit: factor * baseline + more; without a baseline the factor is 0.
    bool has_base;
    double factor, more;
};

// The same with its place, for sentences about it: `limits:4: sites: ...`.
enum { RULE_PLACED_BYTES = 1024 };
void rule_placed(const struct rule *rule, char out[RULE_PLACED_BYTES]);

// Reads a rule, of no file. False with a sentence: what, where, what was
// expected.
bool rule_read(const char *text, struct rule *rule, struct failure *failure);

#endif
