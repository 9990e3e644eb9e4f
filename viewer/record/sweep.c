// sweep.c - see sweep.h.
#include "viewer/record/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instrument/drain/naming.h"
#include "instrument/os/system.h"
#include "instrument/shm/path.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/buffers.h"
#include "viewer/record/leftover.h"

enum {
    SWEEP_SECONDS = 7 * 24 * 3600,
    MAKING_SECONDS = 60, // more than it takes to make one
};

// A process writes last what makes the file one of rings: without that, it has
// died before there was anything to rescue.
static bool sweep_is_half_made(int file) {
    static const char nothing[sizeof RP_SHM_MAGIC - 1];
    char magic[sizeof nothing] = "";
    rp_system_read_at(file, magic, sizeof magic, 0);
    return memcmp(magic, nothing, sizeof magic) == 0;
}

// What another version has left is for that version to rescue, for a week.
static time_t sweep_patience(int file) {
    return sweep_is_half_made(file) ? MAKING_SECONDS : SWEEP_SECONDS;
}

// Of a process that is gone: one that lives, in whatever namespace, holds its
// rings. Its id says nothing, another process may have that by now. A new one
// is about to be held by its process, so it is not held here, not for a moment.
static void sweep_strange(const char *path) {
    uint32_t process;
    uint64_t trace_id;
    struct stat status;
    int file;
    if (!rp_path_is_rings(text_base_name(path), &process, &trace_id) ||
        rp_system_share_again(path, &file) != 0)
        return;
    if (fstat(file, &status) == 0 &&
        status.st_mtime + sweep_patience(file) < time(NULL) &&
        rp_system_hold(file, true))
        rp_system_remove(path, file);
    close(file);
}

// A process that was killed before there was a trace has its rings, and they
// know how it was to be called. What had begun and is gone, somebody removed.
static bool sweep_makes_trace(const struct rp_shared *shared) {
    return !*shared->trace ||
           (shared->shift == 0 && access(shared->trace, F_OK) != 0);
}

// The paths in it mean something to who sees the same files: a service may have
// a /tmp of its own.
static bool sweep_sees_its_files(const struct rp_shared *shared) {
    char mounts[sizeof shared->mounts];
    rp_naming_mounts(mounts, sizeof mounts);
    return strncmp(mounts, shared->mounts, sizeof mounts) == 0;
}

struct sweep {
    bool told; // on stderr, what was made
};

// What was left cannot be read to its end, today or tomorrow.
static void sweep_tell_damaged(const struct buffers *b, const char *path,
                               const struct leftover_result *attempt) {
    if (attempt->has_trace)
        fprintf(stderr,
                "rpscope: %s: its program was killed before there was a trace, "
                "and what it left in %s is damaged: this is what could be "
                "read\n",
                path, b->path);
    else
        fprintf(stderr,
                "rpscope: what process %u, which was killed before there was a "
                "trace, has left in %s is damaged, and was removed\n",
                b->shared.process, b->path);
    leftover_remove(b);
}

static void sweep_one(const struct sweep *sweep, struct buffers *b) {
    const char *path = b->shared.trace;
    if (!sweep_sees_its_files(&b->shared)) {
        sweep_strange(b->path);
        return;
    }
    if (buffers_hold(b) != 0)
        return; // its process goes on, or another rpscope has seen to it
    bool makes = sweep_makes_trace(&b->shared);
    if (makes && sweep->told)
        fprintf(
            stderr,
            "rpscope: there is no trace of the program that left %s; making "
            "it.\n",
            b->path);
    struct leftover_result attempt =
        makes ? leftover_make(b, &path) : leftover_add(b, path);
    if (attempt.error == 0 && makes && sweep->told &&
        attempt.recovered.events > 0)
        fprintf(stderr,
                "rpscope: %s: its program was killed before there was a trace; "
                "made of the %s events that were still in %s\n",
                path, number_count(attempt.recovered.events).text, b->path);
    else if (attempt.error == EBADMSG && makes)
        sweep_tell_damaged(b, path, &attempt);
    else if (attempt.error == ENOENT || attempt.error == EINVAL)
        leftover_remove(b);
    else if (attempt.error == EBADMSG)
        sweep_strange(b->path);
}

static void sweep_file(void *context, const char *path) {
    static struct buffers b;
    if (buffers_open(&b, path, true) == 0) {
        sweep_one(context, &b);
        buffers_close(&b);
    } else {
        sweep_strange(path);
    }
}

void record_sweep(bool tell) {
    struct sweep sweep = {tell};
    buffers_each(sweep_file, &sweep);
    buffers_sweep_registrations();
}
