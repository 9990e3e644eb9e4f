// names.c - see names.h.
#include "viewer/record/names.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "instrument/os/system.h"
#include "instrument/write/file.h"
#include "viewer/base/progress.h"

// A run-time compiler may write its list at its very end.
#define LATE_NS UINT64_C(10000000000)

static volatile sig_atomic_t names_interrupted;

static void names_interrupt(int signal) {
    names_interrupted = signal;
}

struct naming {
    const struct record_names *how;
    const char *path;
    struct failure *failure;
    struct trace_file file;
    struct trace_tables tables;
    struct rp_file out;
    bool good;
};

static bool names_put(void *context, const void *payload, size_t bytes) {
    struct naming *naming = context;
    rp_file_plain_block(&naming->out, TRACE_NAMES, payload, bytes);
    return naming->out.error == 0;
}

static bool names_progress(void *context, double done) {
    (void)context;
    progress_show(done);
    return !names_interrupted;
}

// Looks everything up, and writes it into the file that is open.
static void names_look_up(struct naming *naming, struct names_count *count) {
    const struct trace_file_header *header = &naming->file.header;
    const struct names_sink sink = {names_put, names_progress, naming};
    uint64_t end = naming->how->until_unix_ns;
    struct perf_map map;
    char path[32];
    if (end == 0)
        end = header->start_unix_ns + naming->tables.trailer.duration_ns;
    snprintf(path, sizeof path, "/tmp/perf-%" PRIu32 ".map",
             header->process_id);
    perf_map_read(&map, path, header->start_unix_ns, end + LATE_NS);
    struct symbols *symbols = symbols_of_files(
        &naming->tables, naming->how->files, &map, naming->how->anew);
    progress_start("looking up names");
    names_block_write(&naming->tables, symbols, &sink, count);
    progress_end();
    symbols_free(symbols);
    perf_map_free(&map);
}

static bool names_write(struct naming *naming, struct names_count *count) {
    uint64_t bytes;
    int descriptor;
    int error = rp_system_go_on(naming->path, &bytes, &descriptor);
    if (error != 0)
        return fail(naming->failure, "%s: cannot be written: %s", naming->path,
                    error == EBUSY ? "it is being written by another process"
                                   : strerror(error));
    if (rp_file_start(&naming->out, descriptor, bytes)) {
        names_look_up(naming, count);
        rp_file_trim(&naming->out);
        error = naming->out.error;
    } else {
        error = ENOMEM;
    }
    rp_file_free(&naming->out);
    close(descriptor);
    return error == 0 ||
           fail(naming->failure, "%s: names cannot be written: %s",
                naming->path, strerror(error));
}

static bool names_of(struct naming *naming, struct names_count *count) {
    if (!trace_file_open_in(&naming->file, naming->tables.pool, naming->path,
                            naming->failure))
        return false;
    trace_tables_load(&naming->tables, &naming->file);
    if (!naming->tables.has_trailer)
        return fail(naming->failure,
                    "%s: the trace has no end yet; its names can be added when "
                    "the recording is over",
                    naming->path);
    return names_write(naming, count);
}

bool record_names_add(const struct record_names *how, const char *path,
                      struct names_count *count, struct failure *failure) {
    struct sigaction before[2];
    struct sigaction stop = {.sa_handler = names_interrupt};
    static struct pool pool;
    static struct naming naming;
    jmp_buf out;
    sigaction(SIGINT, &stop, &before[0]);
    sigaction(SIGTERM, &stop, &before[1]);
    naming = (struct naming){.how = how, .path = path, .failure = failure};
    *count = (struct names_count){0};
    pool_start(&pool, UINT64_MAX);
    naming.tables.pool = &pool;
    if (pool_try(&pool, out)) {
        naming.good = names_of(&naming, count);
        pool_done(&pool);
    } else {
        naming.good = pool_fail(&pool, path, failure);
    }
    if (naming.file.fd >= 0)
        trace_file_close(&naming.file);
    pool_free(&pool);
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
    return naming.good;
}
