// recorded.c - which traces a recording left behind, and what is in them.
#include "viewer/record/recorded.h"
#include "viewer/base/text.h"
#include "viewer/trace/file.h"

#include <dirent.h>
#include <fcntl.h>
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
    uint64_t events = 0;
    for (size_t i = 0; i < file.block_count; i++) {
        const struct trace_block_header *header = &file.blocks[i].header;
        events += header->event_count;
        struct bytes payload;
        struct trace_trailer trailer;
        if (header->kind != TRACE_TRAILER ||
            !trace_file_load(&file, i, &buffer, &payload) ||
            !bytes_copy(&payload, &trailer, sizeof trailer))
            continue;
        finished = true;
        recorded->lost_events += trailer.lost_events;
        recorded->stopped += trailer.exit_kind == TRACE_EXIT_STOPPED;
    }
    recorded->traces++;
    recorded->events += events;
    recorded->bytes += file.size;
    recorded->unfinished += !finished;
    if (events >= recorded->largest_events) {
        recorded->largest_events = events;
        snprintf(recorded->largest, sizeof recorded->largest, "%s",
                 text_base_name(path));
    }
    trace_buffer_free(&buffer);
    trace_file_close(&file);
    return true;
}

// Whether `name` is "STEM.NUMBER.SUFFIX" or "STEM.NUMBER.NUMBER.SUFFIX" for a
// root called "STEM.SUFFIX".
static bool recorded_is_beside(const char *name, const char *root) {
    const char *dot = strrchr(root, '.');
    size_t at = dot ? (size_t)(dot - root) : strlen(root), numbers = 0;
    const char *suffix = root + at;
    if (strncmp(name, root, at) != 0)
        return false;
    while (numbers <= 2 && (numbers == 0 || strcmp(name + at, suffix) != 0)) {
        size_t digits =
            name[at] == '.' ? strspn(name + at + 1, "0123456789") : 0;
        if (digits == 0)
            return false;
        at += 1 + digits;
        numbers++;
    }
    return numbers <= 2;
}

// Calls `visit` with the path of each trace beside `path`.
static void recorded_each(const char *path, uint64_t start_unix_ns,
                          void (*visit)(void *context, const char *path),
                          void *context) {
    char folder[PATH_MAX], beside[2 * PATH_MAX];
    const char *root = text_base_name(path);
    snprintf(folder, sizeof folder, "%.*s", (int)(root - path), path);
    DIR *entries = opendir(*folder ? folder : ".");
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        struct stat status;
        snprintf(beside, sizeof beside, "%s%s", folder, entry->d_name);
        if (recorded_is_beside(entry->d_name, root) &&
            stat(beside, &status) == 0 &&
            (uint64_t)status.st_mtim.tv_sec * 1000000000u +
                    (uint64_t)status.st_mtim.tv_nsec >=
                start_unix_ns)
            visit(context, beside);
    }
    if (entries)
        closedir(entries);
}

static void recorded_visit(void *context, const char *path) {
    struct failure ignored; // an empty one was being made when it was killed
    recorded_add(context, path, &ignored);
}

void recorded_add_others(struct recorded *recorded, const char *path,
                         uint64_t start_unix_ns) {
    recorded_each(path, start_unix_ns, recorded_visit, recorded);
}

struct recorded_last {
    uint32_t pid;
    uint64_t start_unix_ns; // of the latest trace of this process
    char path[PATH_MAX];    // of that trace
};

// Reads the head of the file: a trace without any block has one, too.
static void recorded_latest(void *context, const char *path) {
    struct recorded_last *last = context;
    struct trace_file_header header;
    FILE *in = fopen(path, "rb");
    if (!in)
        return;
    if (fread(&header, sizeof header, 1, in) == 1 &&
        memcmp(header.magic, TRACE_MAGIC, sizeof header.magic) == 0 &&
        header.process_id == last->pid &&
        header.start_unix_ns > last->start_unix_ns) {
        last->start_unix_ns = header.start_unix_ns;
        snprintf(last->path, sizeof last->path, "%s", path);
    }
    fclose(in);
}

void recorded_settle(const char *path, uint32_t pid, uint64_t start_unix_ns) {
    struct recorded_last last = {.pid = pid};
    recorded_latest(&last, path);
    recorded_each(path, start_unix_ns, recorded_latest, &last);
    if (*last.path && strcmp(last.path, path) != 0 &&
        renameat2(AT_FDCWD, last.path, AT_FDCWD, path, RENAME_EXCHANGE) != 0)
        rename(last.path, path); // a file system that cannot exchange
}
