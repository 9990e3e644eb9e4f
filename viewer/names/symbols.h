// symbols.h - from addresses in the recorded program to functions and lines.
//
// Names and lines come from the files that the trace names, as they are on this
// machine now, and only when their build id is the one of the recording: DWARF
// by libdw, with the functions that were inlined; else the symbol table; else
// nothing but file and offset. Files are opened when the first address in them
// is asked for; nothing is fetched from a network.
#ifndef RPSCOPE_NAMES_SYMBOLS_H
#define RPSCOPE_NAMES_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/names/frame.h"
#include "viewer/trace/tables.h"

struct symbols;

// `skip` holds `skip_count` patterns, as for frame_kind. These and `tables`
// must outlive the result. opens_files: false leaves every address a file and
// an offset, and opens none.
struct symbols *symbols_new(const struct trace_tables *tables,
                            const char *const *skip, size_t skip_count,
                            bool opens_files);
void symbols_free(struct symbols *symbols);

// The frames of the call that returns to `address`, innermost first; at least
// one. They stay valid as long as `symbols`.
const struct frame *symbols_at(struct symbols *symbols, uint64_t address,
                               size_t *count);

// Paths of modules that addresses were looked up in, but that are not there or
// not the same file any more: the i-th, or NULL. *changed: it is another file.
const char *symbols_missing(const struct symbols *symbols, size_t i,
                            bool *changed);

#endif
