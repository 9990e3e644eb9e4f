// symbols.h - from addresses in the recorded program to functions and lines.
//
// What the trace itself has of names (trace/names.h) is what counts. Else they
// come from the files that the trace names, as they are on this machine now,
// and only when their build id is the one of the recording (elf_file.h), or of
// what a run-time compiler has told (perf_map.h); else nothing but file and
// offset is known. Files are opened when the first address in them is asked
// for.
#ifndef RPSCOPE_NAMES_SYMBOLS_H
#define RPSCOPE_NAMES_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/names/elf_files.h"
#include "viewer/names/frame.h"
#include "viewer/names/perf_map.h"
#include "viewer/names/skip_rules.h"
#include "viewer/trace/tables.h"

struct symbols;

// `rules`: what kind of frame each is; NULL: those that are built in. They and
// `tables` must outlive the result. with_names: false leaves every address a
// file and an offset, and opens none.
struct symbols *symbols_new(const struct trace_tables *tables,
                            const struct skip_rules *rules, bool with_names);
// The same by files that outlive it, too, and with code that is in no file; all
// frames are the program's own.
// anew: what the trace has of names counts only where nothing else is known.
struct symbols *symbols_of_files(const struct trace_tables *tables,
                                 struct elf_files *files,
                                 const struct perf_map *map, bool anew);
void symbols_free(struct symbols *symbols);

// The frames of the call that returns to `address`, innermost first; at least
// one. They stay valid as long as `symbols`.
const struct frame *symbols_at(struct symbols *symbols, uint64_t address,
                               size_t *count);
// The same, and where the function begins that the address is in, in the
// recorded program; 0: not known.
const struct frame *symbols_with_start(struct symbols *symbols,
                                       uint64_t address, size_t *count,
                                       uint64_t *start);

// Whether names were wanted.
bool symbols_named(const struct symbols *symbols);

// The rules, and whether one has fitted any address that was looked up.
const struct skip_rules *symbols_rules(const struct symbols *symbols);
bool symbols_rule_fitted(const struct symbols *symbols, size_t rule);

// Paths of modules that addresses were looked up in, but that are not there or
// not the same file any more: the i-th, or NULL. *changed: it is another file.
const char *symbols_missing(const struct symbols *symbols, size_t i,
                            bool *changed);

#endif
