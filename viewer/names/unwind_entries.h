// unwind_entries.h - where functions begin, by what tells how to unwind them.
//
// A stripped file has no names, but still a sorted table of its functions, for
// exceptions and debuggers (.eh_frame_hdr): an address is in the last function
// that begins before it.
#ifndef RPSCOPE_NAMES_UNWIND_ENTRIES_H
#define RPSCOPE_NAMES_UNWIND_ENTRIES_H

#include <gelf.h>
#include <stddef.h>
#include <stdint.h>

struct unwind_entries {
    uint64_t *starts; // ascending
    size_t count;
};

// Reads them; none when the file has none, or not in the usual form.
void unwind_entries_read(struct unwind_entries *entries, Elf *elf);
void unwind_entries_free(struct unwind_entries *entries);

// The start of the function that the address is in; 0: not known.
uint64_t unwind_entries_find(const struct unwind_entries *entries,
                             uint64_t address);

#endif
