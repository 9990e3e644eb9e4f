// tables.h - what the events of a trace refer to by number.
//
// Facts, stacks, texts, modules, size classes, the clock and the closing
// totals, from all blocks but the events. They are small beside the events and
// are read first. Numbers come from the trace: every look-up accepts any
// number and answers "not known" for what was not there or was damaged.
#ifndef RPSCOPE_TRACE_TABLES_H
#define RPSCOPE_TRACE_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/trace/file.h"
#include "viewer/trace/names.h"

enum {
    TABLES_NODE_CHUNK = 1 << 14, // stack nodes allocated at a time
    TABLES_NODE_CHUNKS = 1 << 14,
    TABLES_MAX_NUMBER = 1 << 20, // texts, modules
};

struct stack_node {
    uint64_t address;
    uint32_t parent;
    uint32_t known; // 1 when the trace has it
};

struct trace_module {
    uint64_t start, end; // addresses in the program
    uint64_t bias;       // address in memory minus address in the file
    uint8_t *build_id;
    size_t build_id_bytes;
    char *path; // NULL: not known
};

struct trace_fact {
    char *key;
    char *value; // with a NUL after value_bytes
    size_t value_bytes;
};

struct trace_tables {
    struct pool *pool; // of the file
    struct trace_fact *facts;
    size_t fact_count, fact_capacity;
    struct stack_node **nodes; // TABLES_NODE_CHUNKS chunks
    uint32_t node_count;       // one more than the highest number
    char **texts;
    size_t text_count, text_capacity;
    struct trace_module *modules;
    size_t module_count, module_capacity;
    struct trace_class *classes;
    size_t class_count;
    struct trace_clock_sample *clock;
    size_t clock_count, clock_capacity;
    struct trace_names names;
    bool has_trailer;
    struct trace_trailer trailer;
    struct trace_point *points; // trailer.point_count
    struct trace_past *past;    // heap/ancestor.h sets it; NULL: nothing known
};

// Reads every block of `file` that holds no events. What is damaged is noted
// in `file` and left out.
void trace_tables_load(struct trace_tables *tables, struct trace_file *file);
void trace_tables_free(struct trace_tables *tables);

// NULL when the trace does not say. Valid as long as the tables are.
const struct trace_fact *trace_fact(const struct trace_tables *tables,
                                    const char *key);
// A decimal number, or `otherwise` when the fact is not there or is no number.
// A stack that another trace has: the number of a node that was none's before.
// 0, when there are too many.
uint32_t trace_tables_add_node(struct trace_tables *tables, uint64_t address,
                               uint32_t parent);
// Who knows the functions at a return address: the trace, or one of those that
// its process was forked by. NULL: nobody.
const struct trace_names *trace_tables_names(const struct trace_tables *tables,
                                             uint64_t address);
uint64_t trace_fact_number(const struct trace_tables *tables, const char *key,
                           uint64_t otherwise);
const char *trace_text(const struct trace_tables *tables, uint64_t number);

// The node, or NULL.
static inline const struct stack_node *trace_node(
    const struct trace_tables *tables, uint32_t number) {
    if (number == 0 || number >= tables->node_count)
        return NULL;
    const struct stack_node *chunk = tables->nodes[number / TABLES_NODE_CHUNK];
    if (!chunk || !chunk[number % TABLES_NODE_CHUNK].known)
        return NULL;
    return &chunk[number % TABLES_NODE_CHUNK];
}

// ns since the start of the recording.
uint64_t trace_clock_ns(const struct trace_tables *tables, uint64_t steps);
// The other way: the first step whose time is not before `ns`.
uint64_t trace_clock_steps(const struct trace_tables *tables, uint64_t ns);

#endif
