// elf_names.h - the names that an executable or a library defines and needs.
#ifndef RPSCOPE_RECORD_ELF_NAMES_H
#define RPSCOPE_RECORD_ELF_NAMES_H

#include <stdbool.h>

enum elf_name_kind {
    ELF_NAME_NEEDED, // of another file; it does not load without
    ELF_NAME_INSIDE, // its own, which no other file finds
    ELF_NAME_SHOWN,  // its own, or that of a file which is searched earlier
};

// Calls visit for each name in the tables of the 64 bit ELF file at `path`; a
// name that is shown may come as one that is inside, too. What is no such file,
// or is damaged, has none. Valid during the call only.
void elf_names_each(const char *path,
                    void (*visit)(void *context, const char *name,
                                  enum elf_name_kind kind),
                    void *context);

#endif
