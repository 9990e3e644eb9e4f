// record_rescue.c - finishing traces whose recorder was killed.
#include "viewer/record_rescue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "instrument/resume.h"
#include "viewer/number.h"
#include "viewer/trace_file.h"
#include "viewer/trace_tables.h"

// The file of the buffers, when the trace has no end and names one.
static bool rescue_needed(const char *path, char *rings, size_t size) {
    struct trace_file file;
    struct failure ignored;
    bool needed = false;
    if (!trace_file_open(&file, path, &ignored))
        return false;
    if (file.blocks[file.block_count - 1].header.kind != TRACE_TRAILER) {
        struct trace_tables tables = {0};
        trace_tables_load(&tables, &file);
        const struct trace_fact *fact = trace_fact(&tables, "rings");
        if (fact && !tables.has_trailer) {
            snprintf(rings, size, "%s", fact->value);
            needed = *rings && access(rings, F_OK) == 0;
        }
        trace_tables_free(&tables);
    }
    trace_file_close(&file);
    return needed;
}

void record_rescue(const char *path) {
    char rings[PATH_MAX];
    uint64_t events = 0;
    if (!rescue_needed(path, rings, sizeof rings))
        return;
    int error = rp_rescue(path, rings, &events);
    if (error == 0)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed; added the %s events "
                "that were still in %s\n",
                path, number_count(events).text, rings);
    else if (error != EBUSY && error != EALREADY)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s cannot be added: %s\n",
                path, rings, strerror(error));
}

// ---- what nobody has opened ----

// Whether the trace beside these buffers is being written, or about to be.
static bool sweep_is_alive(const char *trace, uint32_t process) {
    if (!*trace) // it was just being made
        return kill((pid_t)process, 0) == 0 || errno == EPERM;
    int file = open(trace, O_RDONLY | O_CLOEXEC);
    bool alive = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0;
    if (file >= 0)
        close(file);
    return alive;
}

static void sweep_file(const char *rings) {
    static struct rp_shared shared;
    uint64_t events;
    int file = open(rings, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return;
    ssize_t got = pread(file, &shared, sizeof shared, 0);
    close(file);
    if (got != (ssize_t)sizeof shared ||
        memcmp(shared.arena.magic, RP_ARENA_MAGIC, sizeof shared.arena.magic) ||
        shared.arena.head_bytes != sizeof shared ||
        strnlen(shared.trace, sizeof shared.trace) == sizeof shared.trace)
        return;
    if (sweep_is_alive(shared.trace, shared.process))
        return;
    // relaxed: what it says does not change any more
    if (kill((pid_t)shared.process, 0) == 0)
        return; // goes on, and may take the recording over
    int error =
        *shared.trace ? rp_rescue(shared.trace, rings, &events) : ENOENT;
    if (error == ENOENT || error == EINVAL)
        unlink(rings);
}

static void sweep_folder(const char *folder) {
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[PATH_MAX + NAME_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (strncmp(entry->d_name, ".rings.", 7) == 0)
            sweep_file(path);
    }
    if (entries)
        closedir(entries);
}

void record_sweep(void) {
    char folder[PATH_MAX];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && *runtime == '/') {
        snprintf(folder, sizeof folder, "%s/rpscope", runtime);
        sweep_folder(folder);
    }
    snprintf(folder, sizeof folder, "/dev/shm/rpscope-%u", (unsigned)getuid());
    sweep_folder(folder);
}
