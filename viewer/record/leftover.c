// leftover.c - see leftover.h.
#include "viewer/record/leftover.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instrument/drain/naming.h"
#include "instrument/os/system.h"
#include "instrument/shm/spill_reader.h"
#include "viewer/base/text.h"
#include "viewer/record/child.h"
#include "viewer/record/confine.h"

enum {
    RESCUE_SECONDS = 600,
    // A trace may become so many times larger than what is to be added to it.
    GROWTH = 8,
    GROWTH_LEAST = 4 << 20,
};

// ---- at arm's length ----

// Buffers lie in the memory of a program that may have spoilt them. So they are
// read by a process that may die of it, and can do nothing else.
static _Noreturn void leftover_apart(struct rp_recovery *files,
                                     struct leftover_result *attempt) {
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

static struct leftover_result leftover_by_child(struct rp_recovery *files) {
    struct leftover_result result = {.error = ENOMEM};
    struct leftover_result *attempt =
        mmap(NULL, sizeof *attempt, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (attempt == MAP_FAILED)
        return result;
    attempt->error = EBADMSG;
    int status;
    pid_t child = fork();
    if (child == 0)
        leftover_apart(files, attempt);
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
static bool leftover_is_of(const struct rp_recovery *files, uint64_t trace_id) {
    struct trace_file_header header;
    size_t got = rp_system_read_at(files->trace, &header, sizeof header, 0);
    size_t magic = got < sizeof header.magic ? got : sizeof header.magic;
    return memcmp(header.magic, TRACE_MAGIC, magic) == 0 &&
           (got < sizeof header || header.trace_id == trace_id);
}

void leftover_folder(const char *trace, char folder[PATH_MAX]) {
    int length = (int)(text_base_name(trace) - trace);
    snprintf(folder, PATH_MAX, "%.*s", length > 0 ? length : 2,
             length > 0 ? trace : "./");
}

// The file of the spill has a name that follows from the trace's.
static int leftover_open_spill(const struct buffers *b, const char *trace,
                               int *folder, char name[NAME_MAX]) {
    char place[PATH_MAX];
    int file;
    rp_spill_reader_name(name, NAME_MAX, "", b->shared.process,
                         b->shared.header.trace_id);
    leftover_folder(trace, place);
    if (rp_system_open_folder(place, false, folder) != 0) {
        *folder = -1;
        return -1;
    }
    return rp_system_share_in(*folder, name, &file) == 0 ? file : -1;
}

static uint64_t leftover_bytes_of(int file) {
    struct stat status;
    return file >= 0 && fstat(file, &status) == 0
               ? (uint64_t)status.st_blocks * 512
               : 0;
}

// Adds to the trace what is in the buffers; both are open. What was added
// completely is removed. path: of the trace.
static struct leftover_result leftover_settle(const struct buffers *b,
                                              const char *path, int trace,
                                              uint64_t bytes) {
    struct rp_recovery files = {
        .rings = b->file, .trace = trace, .bytes = bytes};
    char name[NAME_MAX];
    int folder;
    snprintf(files.path, sizeof files.path, "%s", path);
    if (!leftover_is_of(&files, b->shared.header.trace_id))
        return (struct leftover_result){.error = EINVAL};
    files.spill = leftover_open_spill(b, path, &folder, name);
    files.most =
        bytes + GROWTH_LEAST +
        GROWTH * (leftover_bytes_of(b->file) + leftover_bytes_of(files.spill));
    struct leftover_result attempt = leftover_by_child(&files);
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

struct leftover_result leftover_add(struct buffers *b, const char *path) {
    char place[PATH_MAX];
    uint64_t bytes;
    int file, error = realpath(path, place) ? 0 : errno;
    if (error == 0)
        error = rp_system_go_on(place, &bytes, &file);
    if (error != 0)
        return (struct leftover_result){.error = error};
    struct leftover_result attempt = leftover_settle(b, place, file, bytes);
    close(file);
    return attempt;
}

struct leftover_result leftover_make(struct buffers *b, const char **path) {
    int file, error = EINVAL; // it is nowhere
    b->shared.force = 0;      // what is there by now may be newer
    if (*b->shared.wanted == '/')
        error = rp_naming_create(&b->shared, &file);
    if (error != 0)
        return (struct leftover_result){.error = error};
    *path = b->shared.trace;
    struct leftover_result attempt = leftover_settle(b, *path, file, 0);
    attempt.has_trace =
        attempt.error == EBADMSG &&
        rp_system_file_bytes(file) > sizeof(struct trace_file_header);
    if (attempt.error == 0 ? attempt.recovered.events == 0 : !attempt.has_trace)
        rp_system_remove(*path, file);
    close(file);
    return attempt;
}

void leftover_remove(const struct buffers *b) {
    char name[NAME_MAX];
    int folder, spill = leftover_open_spill(b, b->shared.trace, &folder, name);
    if (spill >= 0) {
        rp_system_remove_in(folder, name, spill);
        close(spill);
    }
    if (folder >= 0)
        close(folder);
    buffers_remove(b);
}
