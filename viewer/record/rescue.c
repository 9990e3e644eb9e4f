// rescue.c - finishing traces whose recorder was killed.
//
// Everything is opened here, and looked at; a process that can do no more than
// read the buffers and write the trace does the work; what is not needed any
// more is removed here again.
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

#include "instrument/drain/naming.h"
#include "instrument/drain/recovery.h"
#include "instrument/os/system.h"
#include "instrument/shm/path.h"
#include "instrument/shm/spill_reader.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/buffers.h"
#include "viewer/record/child.h"
#include "viewer/record/confine.h"
#include "viewer/trace/file.h"
#include "viewer/trace/tables.h"

enum {
    SWEEP_SECONDS = 7 * 24 * 3600,
    MAKING_SECONDS = 60, // more than it takes to make one
    RESCUE_SECONDS = 600,
    ENDING_TRIES = 100,
    ENDING_US = 20000,
    // A trace may become so many times larger than what is to be added to it.
    GROWTH = 8,
    GROWTH_LEAST = 4 << 20,
};

// ---- at arm's length ----

// What came of it.
struct attempt {
    struct rp_recovered recovered;
    int error; // EBADMSG: they are not what they seem
};

// Buffers lie in the memory of a program that may have spoilt them. So they are
// read by a process that may die of it, and can do nothing else.
static _Noreturn void rescue_apart(struct rp_recovery *files,
                                   struct attempt *attempt) {
    const int allowed[] = {files->trace, files->rings, files->spill};
    struct rlimit none = {0, 0}, most = {files->most, files->most};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &most);
    alarm(RESCUE_SECONDS);
    attempt->error = rp_recovery_map(files);
    if (attempt->error == 0) {
        attempt->error = EBADMSG; // until it is done
        confine(allowed, sizeof allowed / sizeof *allowed);
        attempt->error = rp_recovery_rescue(files, &attempt->recovered);
    }
    _exit(0);
}

static struct attempt rescue_by_child(struct rp_recovery *files) {
    struct attempt result = {.error = ENOMEM};
    struct attempt *attempt =
        mmap(NULL, sizeof *attempt, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (attempt == MAP_FAILED)
        return result;
    attempt->error = EBADMSG;
    int status;
    pid_t child = fork();
    if (child == 0)
        rescue_apart(files, attempt);
    if (child < 0)
        attempt->error = errno;
    else
        child_wait(child, &status);
    result = *attempt;
    munmap(attempt, sizeof *attempt);
    return result;
}

// ---- the files ----

// Whether what is there of a trace is the beginning of this one.
static bool rescue_is_of(const struct rp_recovery *files, uint64_t trace_id) {
    struct trace_file_header header;
    size_t got = rp_system_read_at(files->trace, &header, sizeof header, 0);
    size_t magic = got < sizeof header.magic ? got : sizeof header.magic;
    return memcmp(header.magic, TRACE_MAGIC, magic) == 0 &&
           (got < sizeof header || header.trace_id == trace_id);
}

static void rescue_folder(const char *trace, char folder[PATH_MAX]) {
    int length = (int)(text_base_name(trace) - trace);
    snprintf(folder, PATH_MAX, "%.*s", length > 0 ? length : 2,
             length > 0 ? trace : "./");
}

// The file of the spill has a name that follows from the trace's.
static int rescue_open_spill(const struct buffers *b, const char *trace,
                             int *folder, char name[NAME_MAX]) {
    char place[PATH_MAX];
    int file;
    rp_spill_reader_name(name, NAME_MAX, "", b->shared.process,
                         b->shared.header.trace_id);
    rescue_folder(trace, place);
    if (rp_system_open_folder(place, false, folder) != 0) {
        *folder = -1;
        return -1;
    }
    return rp_system_share_in(*folder, name, &file) == 0 ? file : -1;
}

static uint64_t rescue_bytes_of(int file) {
    struct stat status;
    return file >= 0 && fstat(file, &status) == 0
               ? (uint64_t)status.st_blocks * 512
               : 0;
}

// Adds to the trace what is in the buffers; both are open. What was added
// completely is removed. path: of the trace.
static struct attempt rescue_files(const struct buffers *b, const char *path,
                                   int trace, uint64_t bytes) {
    struct rp_recovery files = {
        .rings = b->file, .trace = trace, .bytes = bytes};
    char name[NAME_MAX];
    int folder;
    snprintf(files.path, sizeof files.path, "%s", path);
    if (!rescue_is_of(&files, b->shared.header.trace_id))
        return (struct attempt){.error = EINVAL};
    files.spill = rescue_open_spill(b, path, &folder, name);
    files.most =
        bytes + GROWTH_LEAST +
        GROWTH * (rescue_bytes_of(b->file) + rescue_bytes_of(files.spill));
    struct attempt attempt = rescue_by_child(&files);
    if (attempt.error == 0 || attempt.error == EALREADY) {
        buffers_remove(b);
        if (files.spill >= 0)
            rp_system_remove_in(folder, name, files.spill);
    }
    if (files.spill >= 0)
        close(files.spill);
    if (folder >= 0)
        close(folder);
    return attempt;
}

// The same of a trace that is there.
static struct attempt rescue_trace(const struct buffers *b, const char *path) {
    char place[PATH_MAX];
    uint64_t bytes;
    int file;
    // The process lives as long as it holds them, or its drainer, if that is a
    // process.
    if (!rp_system_hold(b->file, true))
        return (struct attempt){.error = EBUSY};
    if (!realpath(path, place))
        return (struct attempt){.error = errno};
    int error = rp_system_go_on(place, &bytes, &file);
    if (error != 0)
        return (struct attempt){.error = error};
    struct attempt attempt = rescue_files(b, place, file, bytes);
    close(file);
    return attempt;
}

// And of one that is to be made, as the process would have called it; `path`
// becomes its name.
static struct attempt rescue_make(struct buffers *b, const char **path) {
    int file;
    if (!rp_system_hold(b->file, true))
        return (struct attempt){.error = EBUSY};
    if (*b->shared.wanted != '/') // it is nowhere
        return (struct attempt){.error = EINVAL};
    b->shared.force = 0; // what is there by now may be newer
    int error = rp_naming_create(&b->shared, &file);
    if (error != 0)
        return (struct attempt){.error = error};
    *path = b->shared.trace;
    struct attempt attempt = rescue_files(b, *path, file, 0);
    if (attempt.error != 0 || attempt.recovered.events == 0)
        rp_system_remove(*path, file);
    close(file);
    return attempt;
}

// ---- what nobody has opened ----

// A process writes last what makes the file one of rings: without that, it has
// died before there was anything to rescue. In another namespace it may live,
// and holds the file.
static bool sweep_is_half_made(int file) {
    static const char nothing[sizeof RP_SHM_MAGIC - 1];
    char magic[sizeof nothing] = "";
    rp_system_read_at(file, magic, sizeof magic, 0);
    return memcmp(magic, nothing, sizeof magic) == 0 &&
           rp_system_hold(file, true);
}

// What another version has left is for that version to rescue, for a week.
static time_t sweep_patience(int file) {
    return sweep_is_half_made(file) ? MAKING_SECONDS : SWEEP_SECONDS;
}

// Of a process that is gone.
static void sweep_strange(const char *path) {
    uint32_t process;
    uint64_t trace_id;
    struct stat status;
    int file;
    if (!rp_path_is_rings(text_base_name(path), &process, &trace_id) ||
        rp_system_share_again(path, &file) != 0)
        return;
    if (kill((pid_t)process, 0) != 0 && errno == ESRCH &&
        fstat(file, &status) == 0 &&
        status.st_mtime + sweep_patience(file) < time(NULL))
        rp_system_remove(path, file);
    close(file);
}

// A process that was killed before there was a trace has its rings, and they
// know how it was to be called. What had begun and is gone, somebody removed.
static bool sweep_makes_trace(const struct rp_shared *shared) {
    return !*shared->trace ||
           (shared->shift == 0 && access(shared->trace, F_OK) != 0);
}

// With its trace, or its folder.
static void sweep_away(const struct buffers *b) {
    char name[NAME_MAX];
    int folder, spill = rescue_open_spill(b, b->shared.trace, &folder, name);
    if (spill >= 0) {
        rp_system_remove_in(folder, name, spill);
        close(spill);
    }
    if (folder >= 0)
        close(folder);
    buffers_remove(b);
}

struct sweep {
    bool told; // on stderr, what was made
};

static void sweep_one(const struct sweep *sweep, struct buffers *b) {
    const char *path = b->shared.trace;
    bool makes = sweep_makes_trace(&b->shared);
    if (kill((pid_t)b->shared.process, 0) == 0)
        return; // goes on, and may take the recording over
    if (makes && sweep->told)
        fprintf(
            stderr,
            "rpscope: there is no trace of the program that left %s; making "
            "it.\n",
            b->path);
    struct attempt attempt =
        makes ? rescue_make(b, &path) : rescue_trace(b, path);
    if (attempt.error == 0 && makes && sweep->told &&
        attempt.recovered.events > 0)
        fprintf(stderr,
                "rpscope: %s: its program was killed before there was a trace; "
                "made of the %s events that were still in %s\n",
                path, number_count(attempt.recovered.events).text, b->path);
    else if (attempt.error == ENOENT || attempt.error == EINVAL)
        sweep_away(b);
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

void record_rescue_all(void) {
    struct sweep sweep = {.told = false};
    buffers_each(sweep_file, &sweep);
    buffers_sweep_registrations();
}

// ---- one trace ----

struct rescue {
    struct stat trace;
    struct buffers buffers;
    bool found;
    bool elsewhere; // the trace names a folder in which nothing is believed
};

static void rescue_compare(void *context, const char *path) {
    static struct buffers b;
    struct rescue *rescue = context;
    struct stat status;
    if (rescue->found || buffers_open(&b, path, true) != 0)
        return;
    if (*b.shared.trace && stat(b.shared.trace, &status) == 0 &&
        status.st_dev == rescue->trace.st_dev &&
        status.st_ino == rescue->trace.st_ino) {
        rescue->buffers = b;
        rescue->found = true;
    } else {
        buffers_close(&b);
    }
}

// By what the trace says of them: only the name counts, and where that lies.
static bool rescue_by_name(struct rescue *rescue, const char *trace,
                           const struct trace_file *file, const char *told) {
    char folder[PATH_MAX], whole[PATH_MAX];
    const char *name = text_base_name(told);
    uint32_t process;
    uint64_t trace_id;
    if (!rp_path_is_rings(name, &process, &trace_id) ||
        trace_id != file->header.trace_id || !realpath(trace, whole))
        return false;
    rescue_folder(whole, folder);
    int error = buffers_find(&rescue->buffers, name, folder);
    rescue->elsewhere = error == ENOENT && access(told, F_OK) == 0;
    return error == 0;
}

// Whether the trace has no end, and there are buffers.
static bool rescue_needed(struct rescue *rescue, const char *path) {
    struct trace_file file;
    struct failure ignored;
    if (stat(path, &rescue->trace) != 0 || !S_ISREG(rescue->trace.st_mode))
        return false;
    if (!trace_file_open(&file, path, &ignored)) {
        // It was killed before it could write where they are.
        if (rescue->trace.st_size <= (off_t)sizeof(struct trace_file_header))
            buffers_each(rescue_compare, rescue);
        return rescue->found;
    }
    if (file.blocks[file.block_count - 1].header.kind != TRACE_TRAILER) {
        struct trace_tables tables = {0};
        trace_tables_load(&tables, &file);
        const struct trace_fact *fact = trace_fact(&tables, "rings");
        if (fact && !tables.has_trailer)
            rescue->found = rescue_by_name(rescue, path, &file, fact->value);
        trace_tables_free(&tables);
    }
    trace_file_close(&file);
    return rescue->found;
}

// Whether the program is dead. Then who still holds the buffers is its drainer,
// which comes to its end, or has been killed and is not gone yet.
static bool rescue_is_ending(const struct buffers *b) {
    return kill((pid_t)b->shared.process, 0) != 0 && errno == ESRCH;
}

static void rescue_tell(const char *path, const struct buffers *b,
                        const struct attempt *attempt) {
    const char *rings = b->path;
    uint32_t cut = attempt->recovered.cut;
    int error = attempt->error;
    if (error == 0)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed; added the %s events "
                "that were still in %s\n",
                path, number_count(attempt->recovered.events).text, rings);
    if ((error == 0 && cut > 0) || error == EBADMSG)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s is damaged: not all of it could be added\n",
                path, rings);
    else if (error != 0 && error != EBUSY && error != EALREADY)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s cannot be added: %s\n",
                path, rings, strerror(error));
}

void record_rescue(const char *path) {
    static struct rescue rescue;
    struct sweep sweep = {.told = true};
    struct attempt attempt = {.error = EBUSY};
    rescue = (struct rescue){.found = false};
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        buffers_each(sweep_file, &sweep);
        return;
    }
    if (!rescue_needed(&rescue, path)) {
        if (rescue.elsewhere)
            fprintf(stderr,
                    "rpscope: %s: its recorder was killed, and its last events "
                    "are in a folder that is not believed; to add them, set "
                    "RPSCOPE_RINGS to the folder that it was recorded with\n",
                    path);
        return;
    }
    const struct buffers *b = &rescue.buffers;
    bool told = false;
    for (int i = 0; i < ENDING_TRIES && attempt.error == EBUSY; i++) {
        if (i > 0 && !rescue_is_ending(b))
            break;
        if (i > 0)
            usleep(ENDING_US);
        if (!told && rp_system_hold(b->file, true)) {
            fprintf(stderr,
                    "rpscope: %s: its recorder was killed; adding what is "
                    "still in %s (--no-rescue leaves both alone)\n",
                    path, b->path);
            told = true;
        }
        attempt = rescue_trace(b, path);
    }
    rescue_tell(path, b, &attempt);
    buffers_close(&rescue.buffers);
}
