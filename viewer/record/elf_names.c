// elf_names.c - see elf_names.h.
//
// The file is read, not mapped: whoever cuts it off meanwhile only makes it
// damaged.
#include "viewer/record/elf_names.h"

#include "viewer/base/memory.h"
#include "viewer/names/demangle.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 30 }; // of a table

typedef void visitor(void *context, const char *name, enum elf_name_kind kind);

// The function that is looked for.
struct sought {
    const char *name;
    struct elf_function *function;
    bool is_found;
};

struct elf {
    int file;
    uint64_t size;
    Elf64_Shdr *sections;
    size_t count;
    struct sought *sought; // NULL: none
};

// `bytes` from `at` on, and a NUL, for free(); NULL: the file has not so many.
static char *read_part(const struct elf *elf, uint64_t at, uint64_t bytes) {
    if (at > elf->size || bytes > elf->size - at || bytes > MOST_BYTES)
        return NULL;
    char *part = memory_get(bytes + 1);
    size_t had = 0;
    while (had < bytes) {
        ssize_t now =
            pread(elf->file, part + had, bytes - had, (off_t)(at + had));
        if (now <= 0) {
            free(part);
            return NULL;
        }
        had += (size_t)now;
    }
    part[bytes] = 0;
    return part;
}

static char *read_section(const struct elf *elf, size_t number,
                          uint64_t *bytes) {
    if (number >= elf->count)
        return NULL;
    const Elf64_Shdr *section = &elf->sections[number];
    *bytes = section->sh_size;
    return section->sh_type == SHT_NOBITS
               ? NULL
               : read_part(elf, section->sh_offset, section->sh_size);
}

// dynamic: the table that the loader searches, and the only one to say what is
// needed and what is shown.
static void visit_symbol(const Elf64_Sym *symbol, const char *name,
                         bool dynamic, visitor *visit, void *context) {
    bool is_needed = symbol->st_shndx == SHN_UNDEF;
    bool is_global = ELF64_ST_BIND(symbol->st_info) == STB_GLOBAL;
    if (!is_needed)
        visit(context, name, dynamic ? ELF_NAME_SHOWN : ELF_NAME_INSIDE);
    else if (dynamic && is_global)
        visit(context, name, ELF_NAME_NEEDED);
}

static bool is_called(const char *symbol, const char *name) {
    if (strcmp(symbol, name) == 0)
        return true;
    if (strncmp(symbol, "_Z", 2) != 0)
        return false;
    char *plain = demangle(symbol);
    size_t bytes = strlen(name);
    bool is = plain && strncmp(plain, name, bytes) == 0 &&
              (plain[bytes] == 0 || plain[bytes] == '(');
    free(plain);
    return is;
}

static void seek(const struct elf *elf, const Elf64_Sym *symbol,
                 const char *name) {
    struct sought *sought = elf->sought;
    if (!sought || sought->is_found || symbol->st_shndx == SHN_UNDEF ||
        symbol->st_shndx >= elf->count ||
        ELF64_ST_TYPE(symbol->st_info) != STT_FUNC ||
        !is_called(name, sought->name))
        return;
    const Elf64_Shdr *section = &elf->sections[symbol->st_shndx];
    *sought->function = (struct elf_function){
        .offset = symbol->st_value - section->sh_addr + section->sh_offset,
        .start = symbol->st_value,
        .end = symbol->st_value + symbol->st_size,
    };
    sought->is_found = true;
}

static void visit_symbols(const struct elf *elf, const Elf64_Shdr *section,
                          visitor *visit, void *context) {
    uint64_t text_bytes;
    char *text = read_section(elf, section->sh_link, &text_bytes);
    char *table = read_part(elf, section->sh_offset, section->sh_size);
    for (uint64_t i = 0;
         text && table && i < section->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, table + i * sizeof symbol, sizeof symbol);
        if (symbol.st_name >= text_bytes)
            continue;
        seek(elf, &symbol, text + symbol.st_name);
        if (visit)
            visit_symbol(&symbol, text + symbol.st_name,
                         section->sh_type == SHT_DYNSYM, visit, context);
    }
    free(table);
    free(text);
}

static void visit_all(struct elf *elf, visitor *visit, void *context) {
    Elf64_Ehdr header;
    char *head = read_part(elf, 0, sizeof header);
    if (!head)
        return;
    memcpy(&header, head, sizeof header);
    free(head);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_shentsize != sizeof(Elf64_Shdr))
        return;
    elf->sections = (Elf64_Shdr *)(void *)read_part(
        elf, header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr));
    elf->count = elf->sections ? header.e_shnum : 0;
    for (size_t i = 0; i < elf->count; i++)
        if (elf->sections[i].sh_type == SHT_SYMTAB ||
            elf->sections[i].sh_type == SHT_DYNSYM)
            visit_symbols(elf, &elf->sections[i], visit, context);
    free(elf->sections);
}

static void look(const char *path, struct sought *sought, visitor *visit,
                 void *context) {
    struct stat status;
    struct elf elf = {.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK),
                      .sought = sought};
    if (elf.file < 0)
        return;
    if (fstat(elf.file, &status) == 0 && S_ISREG(status.st_mode)) {
        elf.size = (uint64_t)status.st_size;
        visit_all(&elf, visit, context);
    }
    close(elf.file);
}

void elf_names_each(const char *path, visitor *visit, void *context) {
    look(path, NULL, visit, context);
}

bool elf_names_function(const char *path, const char *name,
                        struct elf_function *function) {
    struct sought sought = {.name = name, .function = function};
    look(path, &sought, NULL, NULL);
    return sought.is_found;
}
