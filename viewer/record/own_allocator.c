// own_allocator.c - see own_allocator.h.
#include "viewer/record/own_allocator.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/number.h"

enum {
    UNRECORDED_LEAST = 64 << 20, // bytes in memory beyond what is held
    FILE_MOST = 1 << 30,         // bytes of an executable
};

struct file {
    const uint8_t *bytes;
    size_t size;
};

// What gives an allocator away. A program that has nothing but malloc of its
// own exports it; libraries are behind ours, wherever they lie.
static const char *const names[] = {
    "malloc",   "mi_malloc",     "je_malloc",  "tc_malloc",
    "rpmalloc", "snmalloc_init", "hoard_init", "PyObject_Malloc"};
enum { NAMES = sizeof names / sizeof *names, PYTHON = NAMES - 1 };
static const char ours[] = "rpmalloc_mark"; // linked with the program

static const void *part(const struct file *file, uint64_t at, uint64_t bytes) {
    return at <= file->size && bytes <= file->size - at ? file->bytes + at
                                                        : NULL;
}

// The first of the names among the symbols of one section; NAMES: none.
// *is_ours: the allocator is this one.
static size_t search(const struct file *file, const Elf64_Shdr *symbols,
                     const Elf64_Shdr *strings, bool *is_ours) {
    size_t found = NAMES;
    const char *text = part(file, strings->sh_offset, strings->sh_size);
    const uint8_t *table = part(file, symbols->sh_offset, symbols->sh_size);
    if (!text || !table || strings->sh_size == 0 ||
        text[strings->sh_size - 1] != 0)
        return NAMES;
    for (uint64_t i = 0; i < symbols->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, table + i * sizeof symbol, sizeof symbol);
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= strings->sh_size)
            continue;
        const char *name = text + symbol.st_name;
        *is_ours |= strcmp(name, ours) == 0;
        for (size_t n = 0; n < NAMES && found == NAMES; n++)
            if (strcmp(name, names[n]) == 0)
                found = n;
    }
    return found;
}

static size_t search_all(const struct file *file) {
    Elf64_Ehdr header;
    if (file->size < sizeof header)
        return NAMES;
    memcpy(&header, file->bytes, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_shentsize != sizeof(Elf64_Shdr))
        return NAMES;
    size_t found = NAMES;
    bool is_ours = false;
    const uint8_t *sections =
        part(file, header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr));
    for (unsigned i = 0; sections && i < header.e_shnum; i++) {
        Elf64_Shdr section, strings;
        memcpy(&section, sections + i * sizeof section, sizeof section);
        if ((section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) ||
            section.sh_link >= header.e_shnum)
            continue;
        memcpy(&strings, sections + section.sh_link * sizeof strings,
               sizeof strings);
        size_t one = search(file, &section, &strings, &is_ours);
        found = found == NAMES ? one : found;
    }
    return is_ours ? NAMES : found;
}

static size_t search_path(const char *path) {
    struct stat status;
    size_t found = NAMES;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return NAMES;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size > 0 && status.st_size <= FILE_MOST) {
        struct file file = {.size = (size_t)status.st_size};
        void *at = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        file.bytes = at;
        if (at != MAP_FAILED) {
            found = search_all(&file);
            munmap(at, file.size);
        }
    }
    close(descriptor);
    return found;
}

bool own_allocator_find(const char *path, uint64_t held, uint64_t resident,
                        char text[OWN_ALLOCATOR_BYTES]) {
    size_t found = search_path(path);
    const char *python = getenv("PYTHONMALLOC");
    bool large = resident > UNRECORDED_LEAST && resident / 2 > held &&
                 resident - held > UNRECORDED_LEAST;
    char more[160] = "";
    if (large)
        snprintf(more, sizeof more, " (%s were in memory, at most %s recorded)",
                 number_iec(resident).text, number_iec(held).text);
    if (found == PYTHON && python && strncmp(python, "malloc", 6) == 0)
        found = NAMES;
    if (found == PYTHON)
        snprintf(text, OWN_ALLOCATOR_BYTES,
                 "keeps small objects in arenas of its own, which are not "
                 "recorded%s; PYTHONMALLOC=malloc lets them be",
                 more);
    else if (found != NAMES)
        snprintf(text, OWN_ALLOCATOR_BYTES,
                 "has an allocator of its own (%s is in it): what it asks of "
                 "that is not recorded%s",
                 names[found], more);
    else if (large)
        snprintf(text, OWN_ALLOCATOR_BYTES,
                 "had %s in memory, and at most %s of that are recorded: the "
                 "rest is its code and what it maps by itself, or has an "
                 "allocator of its own for",
                 number_iec(resident).text, number_iec(held).text);
    return found != NAMES || large;
}
