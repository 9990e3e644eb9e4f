// family.c - see family.h.
#include "viewer/trace/family.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instrument/format/trace_format.h"
#include "viewer/base/text.h"

#define FOLDER_SUFFIX ".processes"

// ---- names ----

size_t family_stem(const char *path) {
    const char *name = text_base_name(path);
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - path) : strlen(path);
}

void family_folder(const char *root, char folder[PATH_MAX]) {
    snprintf(folder, PATH_MAX, "%.*s%s", (int)family_stem(root), root,
             FOLDER_SUFFIX);
}

// Where the folder NAME.processes ends in `path`, if its last or last but one
// part is one; else 0. *stem: where NAME ends.
static size_t folder_end(const char *path, size_t *stem) {
    static const char suffix[] = FOLDER_SUFFIX;
    size_t end = strlen(path);
    for (int part = 0; part < 2; part++) {
        while (end > 0 && path[end - 1] == '/')
            end--;
        if (end > sizeof suffix - 1 && memcmp(path + end - (sizeof suffix - 1),
                                              suffix, sizeof suffix - 1) == 0) {
            *stem = end - (sizeof suffix - 1);
            return path[*stem - 1] == '/' ? 0 : end;
        }
        while (end > 0 && path[end - 1] != '/')
            end--;
    }
    return 0;
}

void family_root(const char *path, char root[PATH_MAX]) {
    size_t stem, end = folder_end(path, &stem);
    const char *suffix = ".rptrace";
    if (end && path[end] && strrchr(text_base_name(path), '.'))
        suffix = strrchr(text_base_name(path), '.');
    if (end)
        snprintf(root, PATH_MAX, "%.*s%s", (int)stem, path, suffix);
    else
        snprintf(root, PATH_MAX, "%s", path);
}

// ---- files ----

bool family_each(const char *folder, const char *suffix,
                 bool (*visit)(void *context, const char *path),
                 void *context) {
    char path[PATH_MAX + NAME_MAX + 2];
    bool done = false;
    DIR *entries = opendir(folder);
    for (struct dirent *entry;
         entries && !done && (entry = readdir(entries));) {
        size_t length = strlen(entry->d_name), end = strlen(suffix);
        struct stat status;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (*entry->d_name != '.' && length > end &&
            strcmp(entry->d_name + length - end, suffix) == 0 &&
            lstat(path, &status) == 0 && S_ISREG(status.st_mode))
            done = visit(context, path);
    }
    if (entries)
        closedir(entries);
    return done;
}

struct search {
    uint64_t trace_id;
    bool (*visit)(void *context, const char *path);
    void *context;
};

static bool visit_trace(void *context, const char *path) {
    const struct search *search = context;
    struct trace_file_header header = {.trace_id = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, &header, sizeof header);
    close(fd);
    return got == (ssize_t)sizeof header &&
           memcmp(header.magic, TRACE_MAGIC, sizeof header.magic) == 0 &&
           header.trace_id == search->trace_id &&
           search->visit(search->context, path);
}

bool family_find(const char *path, uint64_t trace_id,
                 bool (*visit)(void *context, const char *path),
                 void *context) {
    struct search search = {trace_id, visit, context};
    char root[PATH_MAX], folder[PATH_MAX], beside[PATH_MAX];
    const char *suffix = path + family_stem(path);
    const char *name = text_base_name(path);
    family_root(path, root);
    family_folder(root, folder);
    snprintf(beside, sizeof beside, "%.*s", (int)(name - path), path);
    return visit_trace(&search, root) ||
           family_each(folder, suffix, visit_trace, &search) ||
           family_each(*beside ? beside : ".", suffix, visit_trace, &search);
}
