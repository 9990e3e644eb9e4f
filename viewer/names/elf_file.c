// elf_file.c - an ELF file, opened to name addresses in it.
//
// At its own addresses: so it serves wherever it was mapped, and in however
// many processes.
#include "viewer/names/elf_file.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/memory.h"
#include "viewer/names/demangle.h"
#include "viewer/names/unwind_entries.h"

struct symbol {
    uint64_t start, end;
    const char *name;
    char *demangled;
    bool tried;
    uint8_t rank; // of several at one address, the highest is shown
};

struct elf_file {
    Dwfl *dwfl;
    Dwfl_Module *module;
    char *debug_path; // libdwfl looks there
    Dwfl_Callbacks callbacks;
    struct symbol *symbols;
    size_t symbol_count;
    struct unwind_entries entries;
    char **names; // of inlined functions, demangled
    size_t name_count, name_capacity;
};

static int compare_symbols(const void *left, const void *right) {
    const struct symbol *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return strcmp(b->name, a->name);
}

static void read_symbols(struct elf_file *file) {
    size_t capacity = 0;
    int count = dwfl_module_getsymtab(file->module);
    for (int i = 1; i < count; i++) {
        GElf_Sym elf;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(file->module, i, &elf,
                                                   &address, NULL, NULL, NULL);
        int type = GELF_ST_TYPE(elf.st_info);
        if (!name || !*name || elf.st_shndx == SHN_UNDEF ||
            (type != STT_FUNC && type != STT_GNU_IFUNC))
            continue;
        int bind = GELF_ST_BIND(elf.st_info);
        file->symbols = memory_grow(file->symbols, file->symbol_count,
                                    &capacity, sizeof *file->symbols);
        file->symbols[file->symbol_count++] = (struct symbol){
            .start = address,
            .end = address + elf.st_size,
            .name = name,
            .rank = (uint8_t)((bind == STB_GLOBAL ? 4 : 0) +
                              (bind == STB_WEAK ? 2 : 0) + (*name != '_'))};
    }
    if (file->symbol_count > 0)
        qsort(file->symbols, file->symbol_count, sizeof *file->symbols,
              compare_symbols);
}

// False when the file is not the one of the recording.
static bool same_build(const struct elf_file *file, const uint8_t *wanted,
                       size_t bytes) {
    const unsigned char *id;
    GElf_Addr address;
    int size = dwfl_module_build_id(file->module, &id, &address);
    if (bytes == 0 || size <= 0)
        return true; // nothing to compare
    return (size_t)size == bytes && memcmp(id, wanted, bytes) == 0;
}

// Nothing but a plain file is opened: paths come from traces. -1: there is
// none.
static int open_plain(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (file >= 0 && (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(file);
        return -1;
    }
    return file;
}

// Hands the file to libdwfl, at its own addresses.
static bool report(struct elf_file *file, const char *path) {
    int descriptor = open_plain(path);
    if (descriptor < 0)
        return false;
    file->dwfl = dwfl_begin(&file->callbacks);
    if (!file->dwfl) {
        close(descriptor);
        return false;
    }
    dwfl_report_begin(file->dwfl);
    file->module = dwfl_report_elf(file->dwfl, path, path, descriptor, 0, true);
    if (!file->module)
        close(descriptor);
    dwfl_report_end(file->dwfl, NULL, NULL);
    return file->module != NULL;
}

static void read_entries(struct elf_file *file) {
    GElf_Addr bias;
    unwind_entries_read(&file->entries,
                        dwfl_module_getelf(file->module, &bias));
}

struct elf_file *elf_file_open(const char *path, const uint8_t *id,
                               size_t id_bytes, const char *debug,
                               enum elf_file_state *state) {
    struct elf_file *file = memory_zeroed(1, sizeof *file);
    file->debug_path = debug ? memory_text(debug, strlen(debug)) : NULL;
    file->callbacks =
        (Dwfl_Callbacks){.find_elf = dwfl_build_id_find_elf,
                         .find_debuginfo = dwfl_standard_find_debuginfo,
                         .section_address = dwfl_offline_section_address,
                         .debuginfo_path = &file->debug_path};
    *state = ELF_FILE_MISSING;
    if (report(file, path)) {
        if (same_build(file, id, id_bytes)) {
            *state = ELF_FILE_OPEN;
            read_symbols(file);
            read_entries(file);
            return file;
        }
        *state = ELF_FILE_CHANGED;
    }
    elf_file_close(file);
    return NULL;
}

bool elf_file_has_lines(struct elf_file *file) {
    Dwarf_Addr bias;
    return dwfl_module_getdwarf(file->module, &bias) != NULL;
}

void elf_file_close(struct elf_file *file) {
    if (!file)
        return;
    for (size_t i = 0; i < file->symbol_count; i++)
        free(file->symbols[i].demangled);
    free(file->symbols);
    for (size_t i = 0; i < file->name_count; i++)
        free(file->names[i]);
    free(file->names);
    unwind_entries_free(&file->entries);
    if (file->dwfl)
        dwfl_end(file->dwfl);
    free(file->debug_path);
    free(file);
}

// The symbol that holds the address.
static struct symbol *find_symbol(const struct elf_file *file,
                                  uint64_t address) {
    size_t low = 0, high = file->symbol_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (file->symbols[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    // The nearest before the address that reaches to it; one without a size
    // reaches to the next.
    for (size_t back = 0; back < 16 && low > 0; back++, low--) {
        struct symbol *symbol = &file->symbols[low - 1];
        if (address >= symbol->end &&
            (symbol->end != symbol->start || back > 0))
            continue;
        return symbol;
    }
    return NULL;
}

static const char *symbol_name(struct symbol *symbol) {
    if (!symbol->tried) {
        symbol->tried = true;
        symbol->demangled = demangle(symbol->name);
    }
    return symbol->demangled ? symbol->demangled : symbol->name;
}

static const char *die_name(struct elf_file *file, Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *linkage = NULL;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        linkage = dwarf_formstring(&attribute);
    char *name = linkage ? demangle(linkage) : NULL;
    if (!name)
        return linkage && strncmp(linkage, "_Z", 2) != 0 ? linkage
                                                         : dwarf_diename(die);
    file->names = memory_grow(file->names, file->name_count,
                              &file->name_capacity, sizeof *file->names);
    return file->names[file->name_count++] = name;
}

// The unit that holds the address; by trying all when there is no index.
static Dwarf_Die *find_unit(Dwfl_Module *module, uint64_t address,
                            Dwarf_Addr *bias) {
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
    if (unit)
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, bias)))
        if (dwarf_haspc(unit, address - *bias) > 0)
            return unit;
    return NULL;
}

// Where an inlined function was called from.
static void call_place(Dwarf_Die *unit, Dwarf_Die *die, struct frame *frame) {
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    Dwarf_Files *files;
    if (dwarf_attr(die, DW_AT_call_file, &attribute) &&
        dwarf_formudata(&attribute, &value) == 0 &&
        dwarf_getsrcfiles(unit, &files, NULL) == 0)
        frame->file = dwarf_filesrc(files, value, NULL, NULL);
    if (dwarf_attr(die, DW_AT_call_line, &attribute) &&
        dwarf_formudata(&attribute, &value) == 0)
        frame->line = (uint32_t)value;
}

// Adds what DWARF knows to frames[0], and the frames it was inlined into.
// Returns the number of frames.
static size_t add_dwarf(struct elf_file *file, uint64_t address,
                        struct frame *frames, size_t most) {
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = find_unit(file->module, address, &bias), *scopes = NULL;
    if (!unit)
        return 1;
    // By the unit: libdwfl's own search knows only files that have an index of
    // addresses, which clang does not write.
    Dwarf_Line *line = dwarf_getsrc_die(unit, address - bias);
    if (line) {
        int number = 0;
        frames[0].file = dwarf_linesrc(line, NULL, NULL);
        frames[0].line =
            dwarf_lineno(line, &number) == 0 ? (uint32_t)number : 0;
    }
    int count = dwarf_getscopes(unit, address - bias, &scopes);
    if (count <= 0)
        return 1;
    // Those scopes lead into the inlined function's own surroundings; the way
    // out to the caller goes by the parents of the innermost one.
    Dwarf_Die inner = scopes[0];
    free(scopes);
    count = dwarf_getscopes_die(&inner, &scopes);
    size_t frame = 0;
    for (int i = 0; i < count; i++) {
        int tag = dwarf_tag(&scopes[i]);
        if (tag == DW_TAG_subprogram) {
            const char *name = die_name(file, &scopes[i]);
            if (name && (!frames[frame].function || frame > 0))
                frames[frame].function = name;
            break;
        }
        if (tag != DW_TAG_inlined_subroutine || frame + 1 == most)
            continue;
        frames[frame + 1] = frames[frame];
        const char *name = die_name(file, &scopes[i]);
        if (name)
            frames[frame].function = name;
        frames[frame].inlined = true;
        frame++;
        frames[frame].file = NULL;
        frames[frame].line = 0;
        call_place(unit, &scopes[i], &frames[frame]);
    }
    if (count > 0)
        free(scopes);
    return frame + 1;
}

size_t elf_file_frames(struct elf_file *file, uint64_t instruction,
                       struct frame *frames, size_t most, uint64_t *start) {
    struct symbol *symbol = find_symbol(file, instruction);
    *start = unwind_entries_find(&file->entries, instruction);
    // One without a size ends where another function is known to begin.
    if (symbol && (instruction < symbol->end || symbol->start >= *start)) {
        frames[0].function = symbol_name(symbol);
        *start = symbol->start;
    }
    return add_dwarf(file, instruction, frames, most);
}
