// snapshot_file.c - see snapshot_file.h.
#include "instrument/drain/snapshot_file.h"

#include "instrument/drain/pass.h"
#include "instrument/drain/residency.h"
#include "instrument/drain/snapshot.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/write/finish.h"
#include "instrument/write/threads.h"

#include <errno.h>
#include <string.h>

enum { NAMES = 1000 }; // tried

// ---- the file ----

static void derive(const struct rp_own *own, uint32_t number,
                   char path[RP_SNAPSHOT_PATH]) {
    const char *slash = strrchr(own->trace, '/');
    const char *dot = strrchr(own->trace, '.');
    struct rp_line line = rp_line_start(path, RP_SNAPSHOT_PATH);

    if (dot == NULL || (slash != NULL && dot < slash))
        dot = own->trace + strlen(own->trace);
    rp_line_bytes(&line, own->trace, (size_t)(dot - own->trace));
    rp_line_text(&line, ".snapshot-");
    rp_line_number(&line, number);
    rp_line_text(&line, dot);
}

static int create(const struct rp_shm *shm, uint32_t *number,
                  char path[RP_SNAPSHOT_PATH], int *file) {
    int error = EEXIST;

    // EISDIR: a folder that may not be replaced.
    for (int i = 0; i < NAMES && (error == EEXIST || error == EISDIR); i++) {
        derive(shm->own, *number = ++shm->own->notes.snapshot_files, path);
        error = rp_system_create(path, rp_shared_of(shm)->force != 0, file);
    }
    return error;
}

static void complain(const char *path, int error) {
    const char *reason = rp_system_reason(error);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, path);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be written");
    rp_line_text(&line, ". There is no such snapshot; the recording goes on.");
    rp_system_say(text);
}

// ---- the trace ----

static void write_all(struct rp_trace_writer *writer,
                      const struct rp_heap_state *heaps, uint64_t cut) {
    const struct rp_trace_end end = {TRACE_EXIT_STOPPED, -1};

    rp_trace_writer_begin(writer, rp_system_random());
    rp_snapshot_write(writer, heaps);
    rp_pass_copy_to(writer, cut);
    rp_threads_tell(writer, true);
    rp_totals_settle(&writer->totals, UINT64_MAX);
    rp_residency_sample(writer);
    if (writer->file.error == 0)
        rp_finish_write(writer, &end);
    if (writer->file.error == 0)
        rp_file_trim(&writer->file);
}

static int write_file(struct rp_shm *shm, const struct rp_heap_state *heaps,
                      int file, uint64_t cut) {
    struct rp_trace_writer *writer = rp_system_map(sizeof *writer, RP_MAP_OWN);
    int error = ENOMEM;

    if (writer == NULL)
        return ENOMEM;
    if (rp_trace_writer_start_second(writer, shm, file)) {
        write_all(writer, heaps, cut);
        error = writer->file.error;
    }
    rp_trace_writer_free(writer);
    rp_system_unmap(writer, sizeof *writer);
    return error;
}

int rp_snapshot_file_write(struct rp_shm *shm,
                           const struct rp_heap_state *heaps, uint64_t cut,
                           uint32_t *number, char path[RP_SNAPSHOT_PATH]) {
    int file, error = create(shm, number, path, &file);

    if (error != 0) {
        complain(path, error);
        return error;
    }
    error = write_file(shm, heaps, file, cut);
    rp_system_close(file);
    if (error != 0) {
        rp_system_unlink(path);
        complain(path, error);
    }
    return error;
}
