// snapshot_file.c - what is kept of the last moments, as a trace of its own.
//
// NAME.snapshot-N.rptrace: whole at once, while the program goes on, and a
// trace like any other. A drainer for it alone reads the shadow and the rings,
// and gives nothing back; what it notes in the shared memory is put back as it
// was. So the recording goes on as if nothing had been.
#include "instrument/os/clock.h"
#include "instrument/drain/drainer_parts.h"
#include "instrument/write/finish.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum { NAMES = 1000 }; // tried

// ---- the file ----

static void derive(const struct rp_shared *shared, uint32_t number,
                   char path[RP_PATH_BYTES + 64]) {
    const char *slash = strrchr(shared->trace, '/');
    const char *dot = strrchr(shared->trace, '.');
    struct rp_line line = rp_line_start(path, RP_PATH_BYTES + 64);

    if (dot == NULL || (slash != NULL && dot < slash))
        dot = shared->trace + strlen(shared->trace);
    rp_line_bytes(&line, shared->trace, (size_t)(dot - shared->trace));
    rp_line_text(&line, ".snapshot-");
    rp_line_number(&line, number);
    rp_line_text(&line, dot);
}

static int create(struct rp_shared *shared, char path[RP_PATH_BYTES + 64],
                  int *file) {
    int error = EEXIST;

    // EISDIR: a folder that may not be replaced.
    for (int i = 0; i < NAMES && (error == EEXIST || error == EISDIR); i++) {
        derive(shared, ++shared->drained.readouts, path);
        error = rp_system_create(path, shared->force != 0, file);
    }
    return error;
}

static void complain(const char *path, int error) {
    const char *reason = strerrordesc_np(error);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, path);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be written");
    rp_line_text(&line, ". There is no such snapshot; the recording goes on.");
    rp_system_say(text);
}

// ---- what a drainer notes in the shared memory ----

struct ring_note {
    uint64_t sequence;
    char drained[sizeof((struct rp_ring *)NULL)->drained];
};

struct notes {
    struct ring_note *rings; // in the order of the list
    size_t bytes;
    struct rp_ring *first;
    char drained[sizeof((struct rp_shared *)NULL)->drained];
};

static bool keep(struct notes *notes, const struct rp_drainer *drainer) {
    // relaxed: no ring in the list has a later number
    uint32_t room = load_relaxed(&drainer->shared->ring_count) + 1;
    struct rp_ring *ring = notes->first = rp_shared_rings(&drainer->shm);
    uint32_t count = 0;

    notes->bytes = room * sizeof *notes->rings;
    notes->rings = rp_system_map(notes->bytes, RP_MAP_OWN);
    if (notes->rings == NULL)
        return false;
    memcpy(notes->drained, &drainer->shared->drained, sizeof notes->drained);
    for (; ring != NULL && count < room;
         ring = rp_shared_next(&drainer->shm, ring)) {
        struct ring_note *note = &notes->rings[count++];
        note->sequence = rp_ring_mark(ring).sequence;
        memcpy(note->drained, &ring->drained, sizeof note->drained);
    }
    return true;
}

static void put_back(struct notes *notes, const struct rp_drainer *drainer) {
    uint32_t tellers = drainer->shared->drained.tellers; // are never the same
    struct rp_ring *ring = notes->first;

    memcpy(&drainer->shared->drained, notes->drained, sizeof notes->drained);
    drainer->shared->drained.tellers = tellers;
    for (uint32_t i = 0; ring != NULL; i++) {
        rp_ring_give_back(ring, rp_ring_mark(ring).tail,
                          notes->rings[i].sequence);
        memcpy(&ring->drained, notes->rings[i].drained, sizeof ring->drained);
        ring = rp_shared_next(&drainer->shm, ring);
    }
    rp_system_unmap(notes->rings, notes->bytes);
}

// ---- the trace ----

// As of a trace that nobody has written to.
static void start_afresh(struct rp_shared *shared) {
    shared->drained.texts = shared->drained.nodes = 0;
    shared->drained.own_sequence = shared->drained.start = 0;
    shared->drained.snapshots = 0;
}

static void write_all(struct rp_drainer *copy, uint64_t cut) {
    const struct rp_drainer_end end = {TRACE_EXIT_STOPPED, -1};
    struct trace_file_header header = copy->shared->header;

    header.trace_id = rp_system_random();
    rp_file_header(&copy->file, &header);
    rp_tables_describe(&copy->tables);
    rp_state_write(copy);
    rp_late_write(copy, cut);
    rp_drainer_tell_news(copy);
    rp_tally_settle(&copy->tally, UINT64_MAX);
    rp_residency_sample(copy);
    rp_drainer_sample_clock(copy);
    if (copy->file.error == 0)
        rp_ending_write(copy, &end);
}

// Takes over the file; returns 0 or an errno value.
static int write_file(struct rp_drainer *drainer, int file, uint64_t cut) {
    struct notes notes;
    int error = ENOMEM;

    if (!keep(&notes, drainer)) {
        rp_system_close(file);
        return ENOMEM;
    }
    start_afresh(drainer->shared);
    struct rp_drainer *copy = rp_drainer_make(&drainer->shm, -1, file, 0, 0);
    if (copy != NULL) {
        rp_shadow_free(copy->shadow);
        copy->shadow = drainer->shadow;
        write_all(copy, cut);
        error = copy->file.error;
        copy->shadow = NULL;
        copy->shm.base = NULL; // both are still the other's
        rp_drainer_free(copy);
    }
    rp_system_close(file);
    put_back(&notes, drainer);
    return error;
}

int rp_readout_write(struct rp_drainer *drainer, uint64_t cut, uint32_t *number,
                     char path[RP_PATH_BYTES + 64]) {
    struct rp_shared *shared = drainer->shared;
    bool made = false;
    int file, error = create(shared, path, &file);

    *number = shared->drained.readouts;
    if (error == 0) {
        made = true;
        rp_late_look_on(drainer);
        error = write_file(drainer, file, cut);
    }
    if (error != 0) {
        if (made)
            rp_system_unlink(path);
        complain(path, error);
    }
    return error;
}
