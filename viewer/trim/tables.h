// tables.h - the blocks of a trace that are not of events.
#ifndef RPSCOPE_TRIM_TABLES_H
#define RPSCOPE_TRIM_TABLES_H

#include "viewer/trace/tables.h"
#include "viewer/trim/writer.h"

// Which of the tables' entries are needed; what is not is left out.
struct needed {
    bool *texts;     // by number
    uint32_t *nodes; // by number: that of the node in the new trace; 0: none
};

// None yet. To be given to needed_free.
void needed_start(struct needed *needed, const struct trace_tables *tables);
void needed_free(struct needed *needed);
// The node, and those that it is called from.
void needed_node(struct needed *needed, const struct trace_tables *tables,
                 uint64_t node);
void needed_text(struct needed *needed, const struct trace_tables *tables,
                 uint64_t text);
// Gives the nodes that are needed their numbers.
void needed_number(struct needed *needed, const struct trace_tables *tables);

// Writes facts, classes, clock, modules, texts and stacks: what stands before
// events. A fact whose key is empty is left out.
void tables_write(FILE *out, const struct trace_tables *tables,
                  const struct needed *needed);
// Writes the functions and lines that the trace has of the addresses that are
// needed. Others are not known to `tables` any more.
void tables_write_names(FILE *out, struct trace_tables *tables,
                        const struct needed *needed);
// Writes one more fact.
void tables_write_fact(FILE *out, const char *key, const char *value);

#endif
