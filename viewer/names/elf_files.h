// elf_files.h - the files of recorded programs, each opened once.
//
// Opening one may take a tenth of a second, and all processes of a recording
// have the C library: so they share what was opened.
#ifndef RPSCOPE_NAMES_ELF_FILES_H
#define RPSCOPE_NAMES_ELF_FILES_H

#include <stdbool.h>

#include "viewer/names/elf_file.h"
#include "viewer/trace/tables.h"

struct elf_files;

// Where else than at its place a file, or its debug file, is looked for.
struct elf_places {
    const char *folder; // as /usr/lib/debug is laid out, or flat; NULL: none
    bool asks_servers;  // debuginfod's, for files that tell no lines
};

// `places` may be NULL: nowhere.
struct elf_files *elf_files_new(const struct elf_places *places);
void elf_files_free(struct elf_files *files); // NULL is ignored

// The file of the module, with its build id, or NULL; *state says why.
struct elf_file *elf_files_open(struct elf_files *files,
                                const struct trace_module *module,
                                enum elf_file_state *state);

// Why a server was not asked any more, as a sentence; NULL: none failed.
const char *elf_files_trouble(const struct elf_files *files);

#endif
