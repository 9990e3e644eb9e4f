// names_block.h - what is known of the addresses of a trace, as blocks for it.
#ifndef RPSCOPE_NAMES_NAMES_BLOCK_H
#define RPSCOPE_NAMES_NAMES_BLOCK_H

#include "viewer/names/symbols.h"

// Where the payloads of the blocks go (TRACE_NAMES).
struct names_sink {
    // False: it cannot be written, and no more comes.
    bool (*put)(void *context, const void *payload, size_t bytes);
    // Told now and then, with a share from 0 to 1. False: that is enough.
    bool (*progress)(void *context, double done);
    void *context;
};

struct names_count {
    size_t calls; // addresses in the stacks of the trace
    size_t named; // whose function is known, also before
    size_t added; // of which something was written now
};

// Looks up all addresses in the stacks of the trace, and writes what it does
// not have yet.
void names_block_write(const struct trace_tables *tables,
                       struct symbols *symbols, const struct names_sink *sink,
                       struct names_count *count);

#endif
