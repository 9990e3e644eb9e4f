// counts.h - what the trace tells of how stacks were captured.
#ifndef RP_INSTRUMENT_STACK_COUNTS_H
#define RP_INSTRUMENT_STACK_COUNTS_H

#include "instrument/stack/tree.h"

enum { RP_STACK_FACTS_BYTES = 512 };

// Writes the counts as a payload of TRACE_META. Returns its bytes.
size_t rp_stack_facts(const struct rp_tree_shared *tree,
                      uint8_t payload[RP_STACK_FACTS_BYTES]);

#endif
