// recorded.c - which traces a recording left behind, and what is in them.
#include "viewer/recorded.h"
#include "viewer/text.h"
#include "viewer/trace_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool recorded_add(struct recorded *recorded, const char *path,
                  struct failure *failure) {
    struct trace_file file;
    if (!trace_file_open(&file, path, failure))
        return false;
    struct trace_buffer buffer = {0};
    bool finished = false;
    for (size_t i = 0; i < file.block_count; i++) {
        const struct trace_block_header *header = &file.blocks[i].header;
        recorded->events += header->event_count;
        struct bytes payload;
        struct trace_trailer trailer;
        if (header->kind != TRACE_TRAILER ||
            !trace_file_load(&file, i, &buffer, &payload) ||
            !bytes_copy(&payload, &trailer, sizeof trailer))
            continue;
        finished = true;
        recorded->lost_events += trailer.lost_events;
    }
    recorded->traces++;
    recorded->bytes += file.size;
    recorded->unfinished += !finished;
    trace_buffer_free(&buffer);
    trace_file_close(&file);
    return true;
}

// "STEM.NUMBER.SUFFIX" for a path "STEM.SUFFIX".
static bool recorded_is_child(const char *name, const char *root) {
    const char *dot = strrchr(root, '.');
    size_t stem = dot ? (size_t)(dot - root) : strlen(root);
    if (strncmp(name, root, stem) != 0 || name[stem] != '.')
        return false;
    size_t digits = strspn(name + stem + 1, "0123456789");
    return digits > 0 && strcmp(name + stem + 1 + digits, root + stem) == 0;
}

void recorded_add_children(struct recorded *recorded, const char *path,
                           uint64_t start_unix_ns) {
    char *folder = strdup(path);
    if (!folder)
        return;
    const char *root = text_base_name(path);
    folder[root - path] = 0;
    DIR *entries = opendir(*folder ? folder : ".");
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!recorded_is_child(entry->d_name, root))
            continue;
        size_t size = strlen(folder) + strlen(entry->d_name) + 1;
        char *child = malloc(size);
        if (!child)
            break;
        snprintf(child, size, "%s%s", folder, entry->d_name);
        struct stat status;
        struct failure ignored;
        if (stat(child, &status) == 0 &&
            (uint64_t)status.st_mtim.tv_sec * 1000000000u +
                    (uint64_t)status.st_mtim.tv_nsec >=
                start_unix_ns)
            recorded_add(recorded, child, &ignored);
        free(child);
    }
    if (entries)
        closedir(entries);
    free(folder);
}
