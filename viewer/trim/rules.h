// rules.h - what becomes of an event that is before the part: how the state at
// its start knows of it.
#ifndef RPSCOPE_TRIM_RULES_H
#define RPSCOPE_TRIM_RULES_H

enum trim_rule {
    TRIM_UNKNOWN, // a kind of event that there is no rule for
    TRIM_HEAP,    // the heap has it (viewer/heap)
    TRIM_AROUND,  // around.h has it, the heap may, too
    TRIM_MOMENT,  // not at all: it is of its moment, such as a sample or a mark
};

// Of each kind of event of the schema; TRIM_UNKNOWN for other codes.
enum trim_rule trim_rule_of(unsigned type);

#endif
