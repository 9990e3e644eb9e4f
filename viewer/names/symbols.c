// symbols.c - from addresses in the recorded program to functions and lines.
#include "viewer/names/symbols.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_FRAMES = 64 }; // at one address

struct module {
    bool tried;
    enum elf_file_state state;
    struct elf_file *file; // NULL: there is none
};

// What is known of one address.
struct place {
    uint64_t address;
    uint64_t start;       // of the function, 0: not known
    struct frame *frames; // NULL: the slot is empty
    size_t count;
};

struct symbols {
    const struct trace_tables *tables;
    const struct skip_rules *rules; // NULL: none
    struct skip_rules *own_rules;   // NULL: somebody else's
    bool *fitted;                   // by rule
    struct elf_files *files; // NULL: none are opened, and names not wanted
    bool owns_files;
    const struct perf_map *map; // NULL: there is none
    bool anew;
    struct module *modules;
    struct place *places; // open addressing
    size_t place_count, place_capacity;
};

struct symbols *symbols_of_files(const struct trace_tables *tables,
                                 struct elf_files *files,
                                 const struct perf_map *map, bool anew) {
    struct symbols *s = pool_zeroed(tables->pool, 1, sizeof *s);
    s->tables = tables;
    s->files = files;
    s->map = map;
    s->anew = anew;
    s->modules =
        pool_zeroed(tables->pool, tables->module_count, sizeof *s->modules);
    return s;
}

struct symbols *symbols_new(const struct trace_tables *tables,
                            const struct skip_rules *rules, bool with_names) {
    struct symbols *s = symbols_of_files(tables, NULL, NULL, false);
    if (!rules) {
        rules = s->own_rules = skip_rules_new();
        skip_rules_add_built_in(s->own_rules);
    }
    s->rules = rules;
    s->fitted =
        pool_zeroed(tables->pool, skip_rules_count(rules), sizeof *s->fitted);
    s->files = with_names ? elf_files_new(NULL) : NULL;
    s->owns_files = with_names;
    return s;
}

void symbols_free(struct symbols *s) {
    if (!s)
        return;
    struct pool *pool = s->tables->pool;
    if (s->owns_files)
        elf_files_free(s->files);
    for (size_t i = 0; i < s->place_capacity; i++)
        pool_give(pool, s->places[i].frames);
    pool_give(pool, s->places);
    pool_give(pool, s->modules);
    pool_give(pool, s->fitted);
    skip_rules_free(s->own_rules);
    pool_give(pool, s);
}

bool symbols_named(const struct symbols *s) {
    return s->files != NULL;
}

const struct skip_rules *symbols_rules(const struct symbols *s) {
    return s->rules;
}

bool symbols_rule_fitted(const struct symbols *s, size_t rule) {
    return s->fitted[rule];
}

const char *symbols_missing(const struct symbols *s, size_t i, bool *changed) {
    for (size_t m = 0; m < s->tables->module_count; m++) {
        const struct module *module = &s->modules[m];
        if (!module->tried || module->file || i-- > 0)
            continue;
        *changed = module->state == ELF_FILE_CHANGED;
        return s->tables->modules[m].path;
    }
    return NULL;
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

// What the trace has of it. Returns how many frames, 0: nothing.
static size_t by_trace(const struct symbols *s, uint64_t address,
                       struct frame *frames, uint64_t *start) {
    const struct trace_names *names = trace_tables_names(s->tables, address);
    if (!names)
        return 0;
    const struct named_call *call = trace_names_find(names, address);
    size_t count = call->count < MOST_FRAMES ? call->count : MOST_FRAMES;
    for (size_t i = 0; i < count; i++) {
        const struct named_function *of = &names->functions[call->first + i];
        frames[i] = frames[0];
        frames[i].function = of->name;
        frames[i].file = of->file;
        frames[i].line = of->line;
        frames[i].inlined = i + 1 < count;
    }
    *start = call->start;
    return count;
}

static size_t by_file(struct symbols *s, size_t index, uint64_t instruction,
                      struct frame *frames, uint64_t *start) {
    const struct trace_module *traced = &s->tables->modules[index];
    struct module *module = &s->modules[index];
    if (!module->tried) {
        module->tried = true;
        module->file = elf_files_open(s->files, traced, &module->state);
    }
    if (!module->file)
        return 0;
    size_t count = elf_file_frames(module->file, instruction - traced->bias,
                                   frames, MOST_FRAMES, start);
    if (*start)
        *start += traced->bias;
    return count;
}

static size_t by_map(const struct symbols *s, uint64_t instruction,
                     struct frame *frames, uint64_t *start) {
    const struct perf_code *code =
        s->map ? perf_map_find(s->map, instruction) : NULL;
    if (!code)
        return 0;
    frames[0].function = code->name;
    *start = code->start;
    return 1;
}

static bool is_named(const struct frame *frames) {
    return frames[0].function || frames[0].file;
}

// Fills in frames[0] and those that follow; returns how many.
static size_t find_names(struct symbols *s, uint64_t address, size_t index,
                         struct frame *frames, uint64_t *start) {
    // The call itself is the instruction before the one it returns to.
    uint64_t call = address > 0 ? address - 1 : 0;
    size_t count = 0;
    if (!s->files)
        return 1;
    if (!s->anew)
        count = by_trace(s, address, frames, start);
    if (count == 0 && index != SIZE_MAX)
        count = by_file(s, index, call, frames, start);
    else if (count == 0)
        count = by_map(s, call, frames, start);
    if (s->anew && !is_named(frames)) {
        size_t known = by_trace(s, address, frames, start);
        count = known > 0 ? known : count;
    }
    return count > 0 ? count : 1;
}

static enum frame_kind kind_of(struct symbols *s, const struct frame *frame) {
    size_t rule = s->rules ? skip_rules_find(s->rules, frame) : SKIP_NONE;
    if (rule == SKIP_NONE)
        return FRAME_USER;
    s->fitted[rule] = true;
    return skip_rules_at(s->rules, rule)->kind;
}

static void look_up(struct symbols *s, uint64_t address, struct place *place) {
    struct frame frames[MOST_FRAMES] = {{.address = address}};
    size_t index = find_module(s, address > 0 ? address - 1 : 0);
    frames[0].offset = address;
    if (index != SIZE_MAX) {
        frames[0].module = s->tables->modules[index].path;
        frames[0].offset = address - s->tables->modules[index].bias;
    }
    place->address = address;
    place->start = 0;
    place->count = find_names(s, address, index, frames, &place->start);
    place->frames =
        pool_get(s->tables->pool, place->count * sizeof *place->frames);
    for (size_t i = 0; i < place->count; i++) {
        // A function without a name is called by where it begins: so all its
        // calls are of one function.
        if (place->start && !frames[i].function)
            frames[i].offset -= address - place->start;
        frames[i].kind = kind_of(s, &frames[i]);
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

const struct frame *symbols_with_start(struct symbols *s, uint64_t address,
                                       size_t *count, uint64_t *start) {
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
    *start = place->start;
    return place->frames;
}

const struct frame *symbols_at(struct symbols *s, uint64_t address,
                               size_t *count) {
    uint64_t start;
    return symbols_with_start(s, address, count, &start);
}
