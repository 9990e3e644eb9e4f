// modules.c - see modules.h.
#include "instrument/capture/modules.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/capture/capture.h"
#include "instrument/capture/emit.h"
#include "instrument/os/system.h"

#include <string.h>

// ---- one file ----

static void find_range(const struct rp_modules *modules, unsigned parts,
                       uint64_t *start, uint64_t *end) {
    *start = UINT64_MAX;
    *end = 0;
    for (unsigned i = 0; i < parts; i++) {
        const ElfW(Phdr) *part = &modules->parts[i];
        uint64_t from = modules->file.bias + part->p_vaddr;
        if (part->p_type != PT_LOAD)
            continue;
        if (from < *start)
            *start = from;
        if (from + part->p_memsz > *end)
            *end = from + part->p_memsz;
    }
    if (*start > *end)
        *start = *end = 0;
}

// Copies the build id out of a segment of notes; 0: it has none.
static uint32_t read_notes(const uint8_t *at, size_t bytes,
                           uint8_t id[RP_BUILD_ID_BYTES]) {
    while (bytes >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        size_t name = round_up(note.n_namesz, 4);
        size_t whole = sizeof note + name + round_up(note.n_descsz, 4);
        if (note.n_namesz > bytes || note.n_descsz > bytes || whole > bytes)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(at + sizeof note, "GNU", 4) == 0 &&
            note.n_descsz <= RP_BUILD_ID_BYTES) {
            memcpy(id, at + sizeof note + name, note.n_descsz);
            return note.n_descsz;
        }
        at += whole;
        bytes -= whole;
    }
    return 0;
}

static uint32_t find_build_id(struct rp_modules *modules, unsigned parts,
                              uint8_t id[RP_BUILD_ID_BYTES]) {
    uint32_t bytes = 0;

    for (unsigned i = 0; i < parts && bytes == 0; i++) {
        const ElfW(Phdr) *part = &modules->parts[i];
        if (part->p_type != PT_NOTE || part->p_align > 4)
            continue;
        size_t had = part->p_memsz < sizeof modules->notes
                         ? part->p_memsz
                         : sizeof modules->notes;
        had = rp_loader_read(&modules->file, modules->file.bias + part->p_vaddr,
                             modules->notes, had);
        bytes = read_notes(modules->notes, had, id);
    }
    return bytes;
}

// The path from the root where it can be known.
static void find_path(const char *name, char path[RP_PATH_BYTES]) {
    size_t used = 0;

    if (name[0] == 0) {
        rp_system_link("/proc/self/exe", path, RP_PATH_BYTES);
        return;
    }
    if (name[0] != '/' && strchr(name, '/') != NULL) {
        rp_system_folder(path, RP_PATH_BYTES / 2);
        used = strlen(path);
        path[used++] = '/';
    }
    size_t bytes = strlen(name);
    if (bytes > RP_PATH_BYTES - 1 - used)
        bytes = RP_PATH_BYTES - 1 - used;
    memcpy(path + used, name, bytes);
    path[used + bytes] = 0;
}

// ---- the list ----

static const struct rp_module *module_at(const struct rp_modules *modules,
                                         uint32_t number) {
    return rp_module_at(modules->pool, modules->list, number);
}

static void note_change(struct rp_modules *modules,
                        const struct rp_module *module) {
    if (module->start < modules->changed_start)
        modules->changed_start = module->start;
    if (module->end > modules->changed_end)
        modules->changed_end = module->end;
}

// By its place in `loaded`; the last one takes the place.
static void remove_at(struct rp_modules *modules, uint32_t place) {
    // relaxed, all: readers find it, or ask once more
    uint32_t last = load_relaxed(&modules->count) - 1;
    uint32_t number = load_relaxed(&modules->loaded[place]);

    note_change(modules, module_at(modules, number));
    rp_emit(modules->producer, TRACE_EVENT_MODULE_UNLOAD, number, 0);
    store_relaxed(&modules->loaded[place],
                  load_relaxed(&modules->loaded[last]));
    modules->known[place] = modules->known[last];
    store_relaxed(&modules->count, last);
}

// What was where the file is now.
static void remove_between(struct rp_modules *modules, uint64_t start,
                           uint64_t end) {
    // relaxed, both: as in remove_at
    for (uint32_t i = load_relaxed(&modules->count); i-- > 0;) {
        const struct rp_module *module =
            module_at(modules, load_relaxed(&modules->loaded[i]));
        if (module->start < end && start < module->end)
            remove_at(modules, i);
    }
}

static struct rp_module_known known_as(const struct rp_modules *modules,
                                       bool is_listed) {
    struct rp_module_known known = {
        .map = modules->file.map,
        .bias = modules->file.bias,
        .dynamic = modules->file.dynamic,
        .is_listed = is_listed,
        .seen = true,
    };
    for (const char *at = modules->file.name; *at != 0; at++)
        known.name = (known.name ^ (uint8_t)*at) * 0x100000001b3u;
    return known;
}

// The file in modules->file.
static void add(struct rp_modules *modules, struct rp_module_known known) {
    // relaxed, both: written by whoever holds `busy`
    uint32_t number = load_relaxed(&modules->list->count);
    unsigned parts =
        rp_loader_parts(&modules->file, modules->parts, RP_MODULE_PARTS);
    struct rp_module *module;
    uint64_t start, end;

    find_range(modules, parts, &start, &end);
    if (number == RP_MODULES_MOST || start == end)
        return;
    remove_between(modules, start, end);
    find_path(modules->file.name, modules->path);
    size_t path_bytes = strlen(modules->path);
    module = rp_pool_take(modules->pool, sizeof *module + path_bytes,
                          &modules->list->pieces[number]);
    if (module == NULL)
        return;
    module->start = start;
    module->end = end;
    module->bias = modules->file.bias;
    module->id_bytes = find_build_id(modules, parts, module->id);
    module->path_bytes = (uint32_t)path_bytes;
    memcpy(module->path, modules->path, path_bytes);
    // release [modules]: the description
    store_release(&modules->list->count, number + 1);
    uint32_t place = load_relaxed(&modules->count);
    modules->known[place] = known;
    // release [loaded]: the description
    store_release(&modules->loaded[place], number);
    store_release(&modules->count, place + 1); // release [loaded]: as above
    note_change(modules, module);
    rp_emit(modules->producer, TRACE_EVENT_MODULE_LOAD, number, 0);
}

static void visit(void *context) {
    struct rp_modules *modules = context;
    struct rp_module_known known = known_as(modules, true);
    uint32_t count = load_relaxed(&modules->count); // relaxed: mine

    for (uint32_t i = 0; i < count; i++) {
        struct rp_module_known *other = &modules->known[i];
        if (other->map == known.map && other->bias == known.bias &&
            other->dynamic == known.dynamic && other->name == known.name) {
            other->seen = other->is_listed = true;
            return;
        }
    }
    add(modules, known);
}

static void look_at_all(struct rp_modules *modules) {
    // relaxed, both: mine
    for (uint32_t i = load_relaxed(&modules->count); i-- > 0;)
        modules->known[i].seen = false;
    if (!rp_loader_each(&modules->file, visit, modules))
        return;
    for (uint32_t i = load_relaxed(&modules->count); i-- > 0;) {
        if (modules->known[i].is_listed && !modules->known[i].seen)
            remove_at(modules, i);
    }
}

// ---- stacks ----

// The loaded module at an address; NULL: none that is known.
static const struct rp_module *find_known(const struct rp_modules *modules,
                                          uint64_t address) {
    // acquire [loaded]: the description
    uint32_t count = load_acquire(&modules->count);

    for (uint32_t i = 0; i < count; i++) {
        // acquire [loaded]: as above
        uint32_t number = load_acquire(&modules->loaded[i]);
        const struct rp_module *module = module_at(modules, number);
        if (address - module->start < module->end - module->start)
            return module;
    }
    return NULL;
}

enum { RANGES = 4 };

// The nearest frame of the stack, from `node` outwards, that is in no known
// file. Returns its node, or 0.
static uint32_t find_unknown(const struct rp_modules *modules,
                             const struct rp_tree *tree, uint32_t node) {
    uint64_t starts[RANGES] = {0}, sizes[RANGES] = {0};
    unsigned next = 0;

    while (node != 0) {
        const struct rp_tree_node *at = rp_tree_at(tree, node);
        // relaxed: this thread has it, or has got it by [wanted]
        uint64_t address = load_relaxed(&at->address) - 1;
        unsigned i = 0;
        while (i < RANGES && address - starts[i] >= sizes[i])
            i++;
        if (i == RANGES) {
            const struct rp_module *module = find_known(modules, address);
            if (module == NULL)
                return node;
            starts[next % RANGES] = module->start;
            sizes[next++ % RANGES] = module->end - module->start;
        }
        node = rp_tree_parent(at);
    }
    return 0;
}

// Finds the next one that is in some file.
static uint32_t find_file(struct rp_modules *modules,
                          const struct rp_tree *tree, uint32_t node) {
    while ((node = find_unknown(modules, tree, node)) != 0) {
        const struct rp_tree_node *at = rp_tree_at(tree, node);
        // relaxed: as above
        if (rp_cfi_is_file(load_relaxed(&at->address) - 1))
            return node;
        node = rp_tree_parent(at);
    }
    return 0;
}

static void look_at_stack(struct rp_modules *modules,
                          const struct rp_tree *tree, uint32_t node) {
    node = find_file(modules, tree, node);
    if (node != 0)
        look_at_all(modules);
    // Those that are in no list.
    while ((node = find_file(modules, tree, node)) != 0) {
        const struct rp_tree_node *at = rp_tree_at(tree, node);
        // relaxed: as above
        if (rp_loader_find(load_relaxed(&at->address) - 1, &modules->file))
            add(modules, known_as(modules, false));
        node = rp_tree_parent(at);
    }
}

// ---- by whoever holds `busy` ----

static void look(struct rp_modules *modules, const struct rp_tree *tree,
                 bool all) {
    modules->changed_start = UINT64_MAX;
    modules->changed_end = 0;
    if (all)
        look_at_all(modules);
    for (unsigned i = 0; i < RP_MODULES_WANTED; i++) {
        // acquire [wanted]: the node
        uint32_t node = swap_acquire(&modules->wanted[i], 0);
        if (node != 0)
            look_at_stack(modules, tree, node);
    }
    // At once for all, since it takes a look at every rule. The first time
    // finds nothing that was not there before any rule.
    if (modules->has_rules && modules->changed_start < modules->changed_end)
        rp_capture_forget(modules->producer->thread->recorder->capture,
                          modules->changed_start, modules->changed_end);
    modules->has_rules = true;
}

// One that finds no place is found with its next new stack.
static void want(struct rp_modules *modules, uint32_t node) {
    for (unsigned i = 0; i < RP_MODULES_WANTED; i++) {
        uint32_t nobody = 0;
        // acq_rel [wanted]: the node
        if (cas_strong_acq_rel(&modules->wanted[i], &nobody, node))
            return;
    }
}

void rp_modules_check(struct rp_recorder *recorder,
                      struct rp_producer *producer, uint32_t stack, bool all) {
    struct rp_modules *modules = recorder->modules;
    const struct rp_tree *tree = &recorder->capture->tree;

    if (stack != 0)
        stack = find_file(modules, tree, stack);
    if (stack != 0)
        want(modules, stack);
    else if (!all)
        return;
    if (all)
        store_relaxed(&modules->all, 1); // relaxed: by [busy]
    // acq_rel [busy]: the list as the last one has left it, and my wish
    if (swap_acq_rel(&modules->busy, 2) != 0)
        return; // somebody looks, and will once more
    uint32_t expected;
    do {
        // acq_rel [busy]: wishes that came meanwhile
        swap_acq_rel(&modules->busy, 1);
        modules->producer = producer;
        // relaxed: by [busy]
        look(modules, tree, swap_relaxed(&modules->all, 0) != 0);
        expected = 1;
        // acq_rel [busy]: the list
    } while (!cas_strong_acq_rel(&modules->busy, &expected, 0));
}
