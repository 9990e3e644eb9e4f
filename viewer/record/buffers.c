// buffers.c - see buffers.h.
#include "viewer/record/buffers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instrument/os/system.h"
#include "instrument/shm/own.h"
#include "instrument/shm/path.h"

enum { REGISTRATION_SECONDS = 60, FOLDERS = 3 };

// ---- one ----

// Whether the file begins as such a file does.
static bool buffers_have_head(struct buffers *b) {
    const struct rp_shared *shared = &b->shared;
    return rp_system_read_at(b->file, &b->shared, sizeof b->shared, 0) ==
               sizeof b->shared &&
           memcmp(shared->shm.magic, RP_SHM_MAGIC, sizeof shared->shm.magic) ==
               0 &&
           shared->shm.version == RP_SHM_VERSION &&
           shared->shm.head_bytes == sizeof *shared && rp_own_is_sound(shared);
}

// Whether the file's start is what its name says.
static bool buffers_are_good(struct buffers *b) {
    const struct rp_shared *shared = &b->shared;
    uint32_t process;
    uint64_t trace_id;
    return rp_path_is_rings(b->name, &process, &trace_id) &&
           buffers_have_head(b) && shared->process == process &&
           shared->header.trace_id == trace_id;
}

static int buffers_open_in(struct buffers *b, const char *folder, bool own,
                           const char *name) {
    *b = (struct buffers){.folder = -1, .file = -1};
    if (strlen(name) >= sizeof b->name || strlen(folder) >= PATH_MAX)
        return ENAMETOOLONG;
    strcpy(b->name, name);
    snprintf(b->path, sizeof b->path, "%s/%s", folder, name);
    int error = rp_system_open_folder(folder, own, &b->folder);
    if (error == 0)
        error = rp_system_share_in(b->folder, name, &b->file);
    if (error == 0 && !buffers_are_good(b))
        error = EINVAL;
    if (error != 0)
        buffers_close(b);
    return error;
}

int buffers_open(struct buffers *b, const char *path, bool own) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *b = (struct buffers){.folder = -1, .file = -1};
    if (!slash || (size_t)(slash - path) >= sizeof folder)
        return EINVAL;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = 0;
    return buffers_open_in(b, slash == path ? "/" : folder, own, slash + 1);
}

int buffers_open_mapped(struct buffers *b, uint32_t process,
                        const char *range) {
    *b = (struct buffers){.folder = -1, .file = -1};
    snprintf(b->path, sizeof b->path, "/proc/%u/map_files/%s", process, range);
    b->file = open(b->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (b->file < 0)
        return errno;
    int error = rp_system_is_sealed(b->file) && buffers_have_head(b) &&
                        b->shared.process == process
                    ? 0
                    : EINVAL;
    if (error != 0)
        buffers_close(b);
    return error;
}

int buffers_hold(struct buffers *b) {
    uint64_t trace_id = b->shared.header.trace_id;
    struct stat status;
    if (!rp_system_hold(b->file, true))
        return EBUSY;
    if (b->folder >= 0 &&
        (fstat(b->file, &status) != 0 || status.st_nlink == 0))
        return EALREADY;
    return buffers_have_head(b) && b->shared.header.trace_id == trace_id
               ? 0
               : EINVAL;
}

void buffers_close(struct buffers *b) {
    if (b->file >= 0)
        close(b->file);
    if (b->folder >= 0)
        close(b->folder);
    b->file = b->folder = -1;
}

void buffers_remove(const struct buffers *b) {
    rp_system_remove_in(b->folder, b->name, b->file);
}

// ---- where they usually lie ----

static bool buffers_folder(unsigned i, char folder[PATH_MAX]) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *asked = getenv("RPSCOPE_RINGS");
    switch (i) {
    case 0:
        snprintf(folder, PATH_MAX, "%s/rpscope", runtime ? runtime : "");
        return runtime && *runtime == '/';
    case 1:
        snprintf(folder, PATH_MAX, "/dev/shm/rpscope-%u", (unsigned)getuid());
        return true;
    default:
        snprintf(folder, PATH_MAX, "%s", asked ? asked : "");
        return asked && *asked;
    }
}

int buffers_find(struct buffers *b, const char *name,
                 const char *trace_folder) {
    char folder[PATH_MAX];
    // One that is another user's, or has something else of that name, says
    // nothing of the others.
    for (unsigned i = 0; i < FOLDERS; i++) {
        if (buffers_folder(i, folder) &&
            buffers_open_in(b, folder, true, name) == 0)
            return 0;
    }
    return buffers_open_in(b, trace_folder, false, name);
}

static void buffers_in(const char *folder, const char *begins,
                       void (*visit)(void *context, const char *path),
                       void *context) {
    int opened;
    if (rp_system_open_folder(folder, true, &opened) != 0)
        return;
    DIR *entries = fdopendir(opened);
    if (!entries)
        close(opened);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[PATH_MAX + NAME_MAX + 2];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strncmp(entry->d_name, begins, strlen(begins)) == 0)
            visit(context, path);
    }
    if (entries)
        closedir(entries);
}

static void buffers_all(const char *begins,
                        void (*visit)(void *context, const char *path),
                        void *context) {
    char folder[PATH_MAX];
    for (unsigned i = 0; i < FOLDERS; i++) {
        if (buffers_folder(i, folder))
            buffers_in(folder, begins, visit, context);
    }
}

void buffers_each(void (*visit)(void *context, const char *path),
                  void *context) {
    buffers_all(".rings.", visit, context);
}

// One that is being made is not held yet, so a new one is left alone.
static void buffers_sweep_registration(void *context, const char *path) {
    const time_t *now = context;
    struct stat status;
    int file;
    if (rp_system_share_again(path, &file) != 0)
        return;
    if (fstat(file, &status) == 0 &&
        status.st_mtime + REGISTRATION_SECONDS < *now &&
        rp_system_hold(file, true))
        rp_system_remove(path, file);
    close(file);
}

void buffers_sweep_registrations(void) {
    time_t now = time(NULL);
    buffers_all(".desk.", buffers_sweep_registration, &now);
}
