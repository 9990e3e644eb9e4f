// stack_facts.h - what the trace tells of how stacks were captured.
#ifndef RP_STACK_FACTS_H
#define RP_STACK_FACTS_H

#include "instrument/paths.h"

enum { RP_STACK_FACTS_BYTES = 512 };

// Writes the counts as a payload of TRACE_META. Returns its bytes.
size_t rp_stack_facts(const struct rp_paths_shared *paths,
                      uint8_t payload[RP_STACK_FACTS_BYTES]);

#endif
