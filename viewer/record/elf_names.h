// elf_names.h - the names that an executable or a library defines and needs.
#ifndef RPSCOPE_RECORD_ELF_NAMES_H
#define RPSCOPE_RECORD_ELF_NAMES_H

#include <stdbool.h>
#include <stdint.h>

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

struct elf_function {
    uint64_t offset;     // of its first byte in the file
    uint64_t start, end; // by the file's own addresses
};

// The function of that file which is called so, as it stands in its tables or
// as C++ has it, with or without its arguments; false: it has none.
bool elf_names_function(const char *path, const char *name,
                        struct elf_function *function);

#endif
