// symbols.c - from addresses in the recorded program to functions and lines.
//
// One Dwfl a module, since two modules of a recording may have had the same
// addresses at different times.
#include "viewer/names/symbols.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/names/demangle.h"
#include "viewer/names/frame_kind.h"
#include "viewer/base/memory.h"

enum { MAX_INLINED = 64 }; // frames at one address

struct symbol {
    uint64_t start, end;
    const char *name;
    char *demangled;
    bool tried;
    uint8_t rank; // of several at one address, the highest is shown
};

enum module_state { MODULE_NEW, MODULE_OPEN, MODULE_MISSING, MODULE_CHANGED };

struct module {
    enum module_state state;
    Dwfl *dwfl;
    Dwfl_Module *dwfl_module;
    struct symbol *symbols;
    size_t symbol_count;
};

// What is known of one address.
struct place {
    uint64_t address;
    struct frame *frames; // NULL: the slot is empty
    size_t count;
};

struct symbols {
    const struct trace_tables *tables;
    const char *const *skip; // patterns
    size_t skip_count;
    bool opens_files;
    struct module *modules;
    struct place *places; // open addressing
    size_t place_count, place_capacity;
    char **names; // of inlined functions, demangled
    size_t name_count, name_capacity;
};

struct symbols *symbols_new(const struct trace_tables *tables,
                            const char *const *skip, size_t skip_count,
                            bool opens_files) {
    struct symbols *s = pool_zeroed(tables->pool, 1, sizeof *s);
    s->tables = tables;
    s->skip = skip;
    s->skip_count = skip_count;
    s->opens_files = opens_files;
    s->modules =
        pool_zeroed(tables->pool, tables->module_count, sizeof *s->modules);
    // libdw would ask servers for debug files; a report never waits for them.
    unsetenv("DEBUGINFOD_URLS");
    return s;
}

void symbols_free(struct symbols *s) {
    if (!s)
        return;
    struct pool *pool = s->tables->pool;
    for (size_t i = 0; i < s->tables->module_count; i++) {
        struct module *module = &s->modules[i];
        for (size_t j = 0; j < module->symbol_count; j++)
            free(module->symbols[j].demangled);
        free(module->symbols);
        if (module->dwfl)
            dwfl_end(module->dwfl);
    }
    for (size_t i = 0; i < s->place_capacity; i++)
        pool_give(pool, s->places[i].frames);
    for (size_t i = 0; i < s->name_count; i++)
        free(s->names[i]);
    pool_give(pool, s->names);
    pool_give(pool, s->places);
    pool_give(pool, s->modules);
    pool_give(pool, s);
}

const char *symbols_missing(const struct symbols *s, size_t i, bool *changed) {
    for (size_t m = 0; m < s->tables->module_count; m++) {
        enum module_state state = s->modules[m].state;
        if (state != MODULE_MISSING && state != MODULE_CHANGED)
            continue;
        if (i-- == 0) {
            *changed = state == MODULE_CHANGED;
            return s->tables->modules[m].path;
        }
    }
    return NULL;
}

static int compare_symbols(const void *left, const void *right) {
    const struct symbol *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return strcmp(b->name, a->name);
}

static void read_symbols(struct module *module) {
    size_t capacity = 0;
    int count = dwfl_module_getsymtab(module->dwfl_module);
    for (int i = 1; i < count; i++) {
        GElf_Sym elf;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(module->dwfl_module, i, &elf,
                                                   &address, NULL, NULL, NULL);
        int type = GELF_ST_TYPE(elf.st_info);
        if (!name || !*name || elf.st_shndx == SHN_UNDEF ||
            (type != STT_FUNC && type != STT_GNU_IFUNC))
            continue;
        int bind = GELF_ST_BIND(elf.st_info);
        module->symbols = memory_grow(module->symbols, module->symbol_count,
                                      &capacity, sizeof *module->symbols);
        module->symbols[module->symbol_count++] = (struct symbol){
            .start = address,
            .end = address + elf.st_size,
            .name = name,
            .rank = (uint8_t)((bind == STB_GLOBAL ? 4 : 0) +
                              (bind == STB_WEAK ? 2 : 0) + (*name != '_'))};
    }
    if (module->symbol_count > 0)
        qsort(module->symbols, module->symbol_count, sizeof *module->symbols,
              compare_symbols);
}

// False when the file is not the one of the recording.
static bool same_build(const struct trace_module *traced, Dwfl_Module *module) {
    const unsigned char *id;
    GElf_Addr address;
    int size = dwfl_module_build_id(module, &id, &address);
    if (traced->build_id_bytes == 0 || size <= 0)
        return true; // nothing to compare
    return (size_t)size == traced->build_id_bytes &&
           memcmp(id, traced->build_id, (size_t)size) == 0;
}

static void open_module(struct module *module,
                        const struct trace_module *traced) {
    static char *no_path;
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .section_address = dwfl_offline_section_address,
        .debuginfo_path = &no_path};

    module->state = MODULE_MISSING;
    if (!traced->path || traced->path[0] != '/')
        return;
    // The path is from the trace: nothing but a plain file is opened.
    int file = open(traced->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (file < 0)
        return;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(file);
        return;
    }
    module->dwfl = dwfl_begin(&callbacks);
    if (!module->dwfl) {
        close(file);
        return;
    }
    dwfl_report_begin(module->dwfl);
    module->dwfl_module = dwfl_report_elf(
        module->dwfl, traced->path, traced->path, file, traced->bias, true);
    if (!module->dwfl_module)
        close(file);
    dwfl_report_end(module->dwfl, NULL, NULL);
    if (!module->dwfl_module)
        return;
    if (!same_build(traced, module->dwfl_module)) {
        module->state = MODULE_CHANGED;
        return;
    }
    read_symbols(module);
    module->state = MODULE_OPEN;
}

// The module that was at the address; the one loaded last, of several.
static size_t find_module(const struct symbols *s, uint64_t address) {
    for (size_t i = s->tables->module_count; i-- > 0;) {
        const struct trace_module *m = &s->tables->modules[i];
        if (m->path && address >= m->start && address < m->end)
            return i;
    }
    return SIZE_MAX;
}

static const char *symbol_name(struct module *module, uint64_t address) {
    size_t low = 0, high = module->symbol_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (module->symbols[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    // The nearest before the address that reaches to it; one without a size
    // reaches to the next.
    for (size_t back = 0; back < 16 && low > 0; back++, low--) {
        struct symbol *symbol = &module->symbols[low - 1];
        if (address >= symbol->end &&
            (symbol->end != symbol->start || back > 0))
            continue;
        if (!symbol->tried) {
            symbol->tried = true;
            symbol->demangled = demangle(symbol->name);
        }
        return symbol->demangled ? symbol->demangled : symbol->name;
    }
    return NULL;
}

static const char *die_name(struct symbols *s, Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    const char *linkage = NULL;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        linkage = dwarf_formstring(&attribute);
    char *name = linkage ? demangle(linkage) : NULL;
    if (!name)
        return linkage && strncmp(linkage, "_Z", 2) != 0 ? linkage
                                                         : dwarf_diename(die);
    s->names = pool_grow(s->tables->pool, s->names, s->name_count,
                         &s->name_capacity, sizeof *s->names);
    return s->names[s->name_count++] = name;
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
static size_t add_dwarf(struct symbols *s, Dwfl_Module *module,
                        uint64_t address, struct frame *frames) {
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = find_unit(module, address, &bias), *scopes = NULL;
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
            const char *name = die_name(s, &scopes[i]);
            if (name && (!frames[frame].function || frame > 0))
                frames[frame].function = name;
            break;
        }
        if (tag != DW_TAG_inlined_subroutine || frame + 1 == MAX_INLINED)
            continue;
        frames[frame + 1] = frames[frame];
        const char *name = die_name(s, &scopes[i]);
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

static void look_up(struct symbols *s, uint64_t address, struct place *place) {
    struct frame frames[MAX_INLINED] = {{.address = address}};
    // The call itself is the instruction before the one it returns to.
    uint64_t call = address > 0 ? address - 1 : 0;
    size_t count = 1, index = find_module(s, call);
    frames[0].offset = address;
    if (index != SIZE_MAX) {
        const struct trace_module *traced = &s->tables->modules[index];
        struct module *module = &s->modules[index];
        frames[0].module = traced->path;
        frames[0].offset = address - traced->bias;
        if (module->state == MODULE_NEW && s->opens_files)
            open_module(module, traced);
        if (module->state == MODULE_OPEN) {
            frames[0].function = symbol_name(module, call);
            count = add_dwarf(s, module->dwfl_module, call, frames);
        }
    }
    place->address = address;
    place->count = count;
    place->frames = pool_get(s->tables->pool, count * sizeof *place->frames);
    for (size_t i = 0; i < count; i++) {
        frames[i].kind = frame_kind(&frames[i], s->skip, s->skip_count);
        place->frames[i] = frames[i];
    }
}

static struct place *find_place(const struct symbols *s, uint64_t address) {
    size_t mask = s->place_capacity - 1;
    size_t i = (address * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (s->places[i].frames && s->places[i].address != address)
        i = (i + 1) & mask;
    return &s->places[i];
}

const struct frame *symbols_at(struct symbols *s, uint64_t address,
                               size_t *count) {
    if (s->place_count * 2 >= s->place_capacity) {
        struct place *old = s->places;
        size_t old_capacity = s->place_capacity;
        size_t capacity = old_capacity ? old_capacity * 2 : 1024;
        s->places = pool_zeroed(s->tables->pool, capacity, sizeof *s->places);
        s->place_capacity = capacity;
        for (size_t i = 0; i < old_capacity; i++)
            if (old[i].frames)
                *find_place(s, old[i].address) = old[i];
        pool_give(s->tables->pool, old);
    }
    struct place *place = find_place(s, address);
    if (!place->frames) {
        look_up(s, address, place);
        s->place_count++;
    }
    *count = place->count;
    return place->frames;
}
