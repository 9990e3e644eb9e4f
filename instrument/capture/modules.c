// modules.c - see modules.h.
#include "instrument/capture/modules.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/capture/capture.h"
#include "instrument/capture/emit.h"
#include "instrument/os/system.h"

#include <link.h>
#include <string.h>

// ---- one file ----

static void find_range(const struct dl_phdr_info *info, uint64_t *start,
                       uint64_t *end) {
    *start = UINT64_MAX;
    *end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uint64_t from = info->dlpi_addr + part->p_vaddr;
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
static uint32_t read_notes(const char *at, size_t bytes,
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

static uint32_t find_build_id(const struct dl_phdr_info *info,
                              uint8_t id[RP_BUILD_ID_BYTES]) {
    uint32_t bytes = 0;

    for (int i = 0; i < info->dlpi_phnum && bytes == 0; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_NOTE && part->p_align <= 4)
            bytes = read_notes((const char *)(info->dlpi_addr + part->p_vaddr),
                               part->p_memsz, id);
    }
    return bytes;
}

// The path from the root where it can be known.
static void find_path(const char *name, char path[RP_PATH_BYTES]) {
    size_t used = 0;

    if (name == NULL || name[0] == 0) {
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

static void note_change(struct rp_modules *modules,
                        const struct rp_module *module) {
    if (module->start < modules->changed_start)
        modules->changed_start = module->start;
    if (module->end > modules->changed_end)
        modules->changed_end = module->end;
}

static bool module_add(struct rp_modules *modules,
                       const struct dl_phdr_info *info, uint64_t start,
                       uint64_t end) {
    // relaxed: written by whoever holds `busy`
    uint32_t number = load_relaxed(&modules->list->count);
    size_t path_bytes = strlen(modules->path);
    struct rp_module *module;

    if (number == RP_MODULES_MOST)
        return false;
    module = rp_pool_take(modules->pool, sizeof *module + path_bytes,
                          &modules->list->pieces[number]);
    if (module == NULL)
        return false;
    module->start = start;
    module->end = end;
    module->bias = info->dlpi_addr;
    module->id_bytes = find_build_id(info, module->id);
    module->path_bytes = (uint32_t)path_bytes;
    memcpy(module->path, modules->path, path_bytes);
    // release [modules]: the description
    store_release(&modules->list->count, number + 1);
    modules->seen[modules->loaded_count] = true;
    modules->loaded[modules->loaded_count++] = number;
    note_change(modules, module);
    rp_emit(modules->producer, TRACE_EVENT_MODULE_LOAD, number, 0);
    return true;
}

static bool is_same(const struct rp_module *module, uint64_t start,
                    uint64_t end, const char *path) {
    return module->start == start && module->end == end &&
           strlen(path) == module->path_bytes &&
           memcmp(path, module->path, module->path_bytes) == 0;
}

static int visit(struct dl_phdr_info *info, size_t size, void *context) {
    struct rp_modules *modules = context;
    uint64_t start, end;

    (void)size;
    modules->adds = info->dlpi_adds;
    modules->subs = info->dlpi_subs;
    find_range(info, &start, &end);
    find_path(info->dlpi_name, modules->path);
    for (uint32_t i = 0; i < modules->loaded_count; i++) {
        if (is_same(
                rp_module_at(modules->pool, modules->list, modules->loaded[i]),
                start, end, modules->path)) {
            modules->seen[i] = true;
            return 0;
        }
    }
    return module_add(modules, info, start, end) ? 0 : 1;
}

static void tell_unloaded(struct rp_modules *modules, uint32_t number) {
    const struct rp_module *module =
        rp_module_at(modules->pool, modules->list, number);

    note_change(modules, module);
    rp_emit(modules->producer, TRACE_EVENT_MODULE_UNLOAD, number, 0);
}

static void walk(struct rp_modules *modules) {
    bool is_first = modules->loaded_count == 0;
    uint32_t kept = 0;

    modules->changed_start = UINT64_MAX;
    modules->changed_end = 0;
    memset(modules->seen, 0, modules->loaded_count);
    dl_iterate_phdr(visit, modules);
    for (uint32_t i = 0; i < modules->loaded_count; i++) {
        if (modules->seen[i])
            modules->loaded[kept++] = modules->loaded[i];
        else
            tell_unloaded(modules, modules->loaded[i]);
    }
    modules->loaded_count = kept;
    // At once for all, since it takes a look at every rule. The first walk
    // finds nothing that was not there before any rule.
    if (!is_first && modules->changed_start < modules->changed_end)
        rp_capture_forget(modules->producer->thread->recorder->capture,
                          modules->changed_start, modules->changed_end);
}

static int look_at_counts(struct dl_phdr_info *info, size_t size,
                          void *context) {
    uint64_t *counts = context;

    (void)size;
    counts[0] = info->dlpi_adds;
    counts[1] = info->dlpi_subs;
    return 1;
}

void rp_modules_check(struct rp_recorder *recorder,
                      struct rp_producer *producer) {
    struct rp_modules *modules = recorder->modules;

    // acquire [busy]: the list as the last walk has left it
    if (swap_acquire(&modules->busy, 2) != 0)
        return; // somebody walks, and will once more
    uint32_t expected;
    do {
        uint64_t counts[2] = {0, 0};

        store_relaxed(&modules->busy, 1); // relaxed: only between us
        dl_iterate_phdr(look_at_counts, counts);
        modules->producer = producer;
        if (counts[0] != modules->adds || counts[1] != modules->subs)
            walk(modules);
        expected = 1;
        // acq_rel [busy]: the list
    } while (!cas_strong_acq_rel(&modules->busy, &expected, 0));
}
