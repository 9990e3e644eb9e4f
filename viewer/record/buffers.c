// buffers.c - the files in which processes keep what is not written yet.
#include "viewer/record/buffers.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instrument/os/system.h"

enum { REGISTRATION_SECONDS = 60 };

const struct rp_shared *buffers_read(const char *path) {
    static struct rp_shared shared;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return NULL;
    ssize_t got = pread(file, &shared, sizeof shared, 0);
    close(file);
    bool good =
        got == (ssize_t)sizeof shared &&
        memcmp(shared.shm.magic, RP_SHM_MAGIC, sizeof shared.shm.magic) == 0 &&
        shared.shm.version == RP_SHM_VERSION &&
        shared.shm.head_bytes == sizeof shared &&
        strnlen(shared.trace, sizeof shared.trace) < sizeof shared.trace;
    return good ? &shared : NULL;
}

static void buffers_in(const char *folder, const char *begins,
                       void (*visit)(void *context, const char *path),
                       void *context) {
    DIR *entries = opendir(folder);
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
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && *runtime == '/') {
        snprintf(folder, sizeof folder, "%s/rpscope", runtime);
        buffers_in(folder, begins, visit, context);
    }
    snprintf(folder, sizeof folder, "/dev/shm/rpscope-%u", (unsigned)getuid());
    buffers_in(folder, begins, visit, context);
}

void buffers_each(void (*visit)(void *context, const char *path),
                  void *context) {
    buffers_all(".rings.", visit, context);
}

// One that is being made is not held yet, so a new one is left alone.
static void buffers_sweep_registration(void *context, const char *path) {
    const time_t *now = context;
    struct stat status;
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return;
    if (fstat(file, &status) == 0 &&
        status.st_mtime + REGISTRATION_SECONDS < *now &&
        rp_system_hold(file, true))
        unlink(path);
    close(file);
}

void buffers_sweep_registrations(void) {
    time_t now = time(NULL);
    buffers_all(".desk.", buffers_sweep_registration, &now);
}
