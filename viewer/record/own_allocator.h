// own_allocator.h - whether a program keeps memory that nobody can record.
//
// A program may have an allocator inside, or a library of it may: then it calls
// that, and not the one that is preloaded. That is told by the names of its
// functions, or by how much more memory the program had than it asked for.
#ifndef RPSCOPE_RECORD_OWN_ALLOCATOR_H
#define RPSCOPE_RECORD_OWN_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/trace/tables.h"

enum { OWN_ALLOCATOR_BYTES = 384 }; // of a sentence

// Looks at the program of the trace and all that it had loaded. held, resident:
// the most bytes that were recorded, and that were in memory; resident: 0, it
// is not known. Writes what is to be said of it, without its name and the stop,
// into `text` and returns true; false: there is nothing.
bool own_allocator_find(const struct trace_tables *tables, uint64_t held,
                        uint64_t resident, char text[OWN_ALLOCATOR_BYTES]);

#endif
