// elf_files.c - the files of recorded programs, each opened once.
#include "viewer/names/elf_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/base/text.h"
#include "viewer/names/debuginfod.h"

struct entry {
    char *path;
    uint8_t *id;
    size_t id_bytes;
    enum elf_file_state state;
    struct elf_file *file; // NULL: it is not there
};

struct elf_files {
    struct elf_places places;
    char *debug; // as libdwfl has it; NULL: the usual places
    struct debuginfod servers;
    struct entry *entries;
    size_t count, capacity;
};

struct elf_files *elf_files_new(const struct elf_places *places) {
    struct elf_files *files = memory_zeroed(1, sizeof *files);
    char debug[PATH_MAX];
    // libdw would ask servers by itself; a report never waits for them.
    debuginfod_take_over(&files->servers);
    if (!places)
        return files;
    files->places = *places;
    if (places->folder) {
        snprintf(debug, sizeof debug, ":.debug:/usr/lib/debug:%s",
                 places->folder);
        files->debug = memory_text(debug, strlen(debug));
    }
    return files;
}

void elf_files_free(struct elf_files *files) {
    if (!files)
        return;
    for (size_t i = 0; i < files->count; i++) {
        elf_file_close(files->entries[i].file);
        free(files->entries[i].path);
        free(files->entries[i].id);
    }
    free(files->entries);
    free(files->debug);
    free(files);
}

const char *elf_files_trouble(const struct elf_files *files) {
    return debuginfod_trouble(&files->servers);
}

// Opens another file in its place, when that is the same build.
static void open_instead(struct elf_files *files, struct entry *entry,
                         const char *path) {
    enum elf_file_state state;
    struct elf_file *file =
        elf_file_open(path, entry->id, entry->id_bytes, files->debug, &state);
    if (!file)
        return;
    elf_file_close(entry->file);
    entry->file = file;
    entry->state = ELF_FILE_OPEN;
}

// By its build id or its name in the folder. Without an id nothing says that
// it is the right one.
static void search_folder(struct elf_files *files, struct entry *entry) {
    static const char *const suffixes[] = {".debug", ""};
    const char *folder = files->places.folder;
    char id[2 * DEBUGINFOD_ID_BYTES + 1], path[PATH_MAX];
    if (!folder || !debuginfod_id_text(entry->id, entry->id_bytes, id))
        return;
    for (size_t i = 0; i < 2 && !entry->file; i++) {
        snprintf(path, sizeof path, "%s/.build-id/%.2s/%s%s", folder, id,
                 id + 2, suffixes[i]);
        open_instead(files, entry, path);
    }
    for (size_t i = 0; i < 2 && !entry->file; i++) {
        snprintf(path, sizeof path, "%s/%s%s", folder,
                 text_base_name(entry->path), suffixes[i]);
        open_instead(files, entry, path);
    }
}

static void open_entry(struct elf_files *files, struct entry *entry) {
    char path[PATH_MAX];
    entry->state = ELF_FILE_MISSING;
    if (entry->path[0] != '/')
        return;
    entry->file = elf_file_open(entry->path, entry->id, entry->id_bytes,
                                files->debug, &entry->state);
    if (!entry->file)
        search_folder(files, entry);
    if (files->places.asks_servers &&
        (!entry->file || !elf_file_has_lines(entry->file)) &&
        debuginfod_find(&files->servers, entry->id, entry->id_bytes, path))
        open_instead(files, entry, path);
}

static bool is_of(const struct entry *entry,
                  const struct trace_module *module) {
    return strcmp(entry->path, module->path) == 0 &&
           entry->id_bytes == module->build_id_bytes &&
           memcmp(entry->id, module->build_id, entry->id_bytes) == 0;
}

struct elf_file *elf_files_open(struct elf_files *files,
                                const struct trace_module *module,
                                enum elf_file_state *state) {
    *state = ELF_FILE_MISSING;
    if (!module->path)
        return NULL;
    size_t i = 0;
    while (i < files->count && !is_of(&files->entries[i], module))
        i++;
    if (i == files->count) {
        files->entries = memory_grow(files->entries, files->count,
                                     &files->capacity, sizeof *files->entries);
        struct entry *entry = &files->entries[files->count++];
        *entry = (struct entry){
            .path = memory_text(module->path, strlen(module->path)),
            .id = (uint8_t *)memory_text((const char *)module->build_id,
                                         module->build_id_bytes),
            .id_bytes = module->build_id_bytes};
        open_entry(files, entry);
    }
    *state = files->entries[i].state;
    return files->entries[i].file;
}
