// elf_file.h - an ELF file, opened to name addresses in it.
//
// By DWARF (libdw), with the functions that were inlined; else by its table of
// symbols; where it has none, its entries for unwinding still tell where each
// function begins. Addresses here are the file's own.
#ifndef RPSCOPE_NAMES_ELF_FILE_H
#define RPSCOPE_NAMES_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/names/frame.h"

struct elf_file;

enum elf_file_state { ELF_FILE_OPEN, ELF_FILE_MISSING, ELF_FILE_CHANGED };

// Opens it: a plain file, whatever the path names. id: the build id that it
// must have; none when id_bytes is 0. debug: where separate debug files are
// looked for beside the usual places, as libdwfl has it; NULL: nowhere. NULL
// when it is not there or is another file.
struct elf_file *elf_file_open(const char *path, const uint8_t *id,
                               size_t id_bytes, const char *debug,
                               enum elf_file_state *state);
void elf_file_close(struct elf_file *file); // NULL is ignored

// Whether it, or its separate debug file, tells lines.
bool elf_file_has_lines(struct elf_file *file);

// What is known of an instruction: function, file, line and inlined of
// frames[0], the innermost function, and of those it was inlined into, at most
// `most`. Returns how many, at least 1; the others' fields are not touched.
// Names stay valid as long as the file is open. *start: where the function
// begins; 0: not known.
size_t elf_file_frames(struct elf_file *file, uint64_t instruction,
                       struct frame *frames, size_t most, uint64_t *start);

#endif
