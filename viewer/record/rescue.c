// rescue.c - finishing traces whose recorder was killed.
#include "viewer/record/rescue.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "instrument/drain/recovery.h"
#include "viewer/base/number.h"
#include "viewer/record/buffers.h"
#include "viewer/record/child.h"
#include "viewer/trace/file.h"
#include "viewer/trace/tables.h"

enum {
    SWEEP_SECONDS = 7 * 24 * 3600,
    RESCUE_SECONDS = 600,
    ENDING_TRIES = 100,
    ENDING_US = 20000,
};

// Whether the trace has no end. rings: the file of the buffers, when it says.
static bool rescue_needed(const char *path, char *rings, size_t size) {
    struct trace_file file;
    struct failure ignored;
    struct stat status;
    bool needed = false;
    if (!trace_file_open(&file, path, &ignored))
        return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
               status.st_size <= (off_t)sizeof(struct trace_file_header);
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

// ---- at arm's length ----

// What came of it.
struct attempt {
    struct rp_recovered recovered;
    int error; // EBADMSG: they are not what they seem
};

// Buffers lie in the memory of a program that may have spoilt them. So they are
// read by a process that may die of it.
static const struct attempt *attempt_rescue(const char *trace,
                                            const char *rings) {
    static const struct attempt no_memory = {.error = ENOMEM};
    static struct attempt *attempt;
    if (!attempt)
        attempt = mmap(NULL, sizeof *attempt, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (attempt == MAP_FAILED) {
        attempt = NULL;
        return &no_memory;
    }
    attempt->error = EBADMSG;
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        alarm(RESCUE_SECONDS);
        attempt->error = rp_recovery_rescue(trace, rings, &attempt->recovered);
        _exit(0);
    }
    if (child < 0)
        attempt->error = errno;
    else
        child_wait(child, &status);
    return attempt;
}

// ---- what nobody has opened ----

// What another version has left is for that version to rescue, for a week.
static void sweep_strange(const char *rings) {
    struct stat status;
    long process = atol(strrchr(rings, '/') + strlen("/.rings."));
    if (process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH &&
        stat(rings, &status) == 0 &&
        status.st_mtime + SWEEP_SECONDS < time(NULL))
        unlink(rings);
}

// A process that was killed before there was a trace has its rings, and they
// know how it was to be called. What had begun and is gone, somebody removed.
static bool sweep_makes_trace(const struct rp_shared *shared) {
    return !*shared->trace ||
           (shared->shift == 0 && access(shared->trace, F_OK) != 0);
}

struct sweep {
    bool told; // on stderr, what was made
};

static void sweep_file(void *context, const char *rings) {
    struct sweep *sweep = context;
    const struct rp_shared *shared = buffers_read(rings);
    if (!shared) {
        sweep_strange(rings);
        return;
    }
    if (kill((pid_t)shared->process, 0) == 0)
        return; // goes on, and may take the recording over
    bool makes = sweep_makes_trace(shared);
    const struct attempt *attempt =
        attempt_rescue(makes ? NULL : shared->trace, rings);
    if (attempt->error == 0 && makes && sweep->told)
        fprintf(stderr,
                "rpscope: %s: its program was killed before there was a trace; "
                "made of the %s events that were still in %s\n",
                attempt->recovered.trace,
                number_count(attempt->recovered.events).text, rings);
    else if (attempt->error == ENOENT || attempt->error == EINVAL) {
        unlink(shared->spill.path); // with its trace, or its folder
        unlink(rings);
    } else if (attempt->error == EBADMSG) {
        sweep_strange(rings);
    }
}

void record_rescue_all(void) {
    struct sweep sweep = {.told = false};
    buffers_each(sweep_file, &sweep);
    buffers_sweep_registrations();
}

// ---- one trace ----

struct rescue {
    struct stat trace;
    char rings[PATH_MAX];
};

static void rescue_compare(void *context, const char *rings) {
    struct rescue *rescue = context;
    const struct rp_shared *shared = buffers_read(rings);
    struct stat status;
    if (shared && *shared->trace && stat(shared->trace, &status) == 0 &&
        status.st_dev == rescue->trace.st_dev &&
        status.st_ino == rescue->trace.st_ino)
        snprintf(rescue->rings, sizeof rescue->rings, "%s", rings);
}

// Whether the program is dead. Then who still holds the buffers is its drainer,
// which comes to its end, or has been killed and is not gone yet.
static bool rescue_is_ending(const char *rings) {
    const struct rp_shared *shared = buffers_read(rings);
    return shared && kill((pid_t)shared->process, 0) != 0 && errno == ESRCH;
}

void record_rescue(const char *path) {
    struct rescue rescue = {.rings = ""};
    const char *rings = rescue.rings;
    struct sweep sweep = {.told = true};
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        buffers_each(sweep_file, &sweep);
        return;
    }
    if (!rescue_needed(path, rescue.rings, sizeof rescue.rings))
        return;
    // It was killed before it could write where they are.
    if (!*rings && stat(path, &rescue.trace) == 0)
        buffers_each(rescue_compare, &rescue);
    if (!*rings)
        return;
    const struct attempt *attempt = attempt_rescue(path, rings);
    for (int i = 0;
         i < ENDING_TRIES && attempt->error == EBUSY && rescue_is_ending(rings);
         i++) {
        usleep(ENDING_US);
        attempt = attempt_rescue(path, rings);
    }
    int error = attempt->error;
    if (error == 0)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed; added the %s events "
                "that were still in %s\n",
                path, number_count(attempt->recovered.events).text, rings);
    else if (error == EBADMSG)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s is damaged: not all of it could be added\n",
                path, rings);
    else if (error != EBUSY && error != EALREADY)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s cannot be added: %s\n",
                path, rings, strerror(error));
}
