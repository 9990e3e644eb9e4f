// recovery.c - see recovery.h.
#include "instrument/drain/recovery.h"

#include "core/base/atomic.h"
#include "instrument/drain/naming.h"
#include "instrument/format/crc32c.h"
#include "instrument/os/clock.h"
#include "instrument/os/system.h"
#include "instrument/shm/record.h"
#include "instrument/shm/spill_reader.h"

#include <errno.h>
#include <string.h>

// What the file has.
struct found {
    uint64_t bytes;  // whole blocks
    uint64_t events; // in them
    uint64_t *next;  // by ring: sequence of the first event that is missing
    uint32_t rings;
    bool described; // there is what it begins with
    bool ended;     // there is a trailer
};

static bool read_block(int file, uint64_t at, uint64_t end,
                       struct trace_block_header *header) {
    return rp_system_read_at(file, header, sizeof *header, at) ==
               sizeof *header &&
           header->magic == TRACE_BLOCK_MAGIC &&
           header->header_crc ==
               rp_crc32c(0, header,
                         offsetof(struct trace_block_header, header_crc)) &&
           header->stored_bytes <= end - at - sizeof *header;
}

static void look_through(struct found *found, int file, uint64_t end) {
    struct trace_block_header header;

    while (end - found->bytes >= sizeof header &&
           read_block(file, found->bytes, end, &header)) {
        uint64_t next = header.first_sequence + header.event_count;
        found->bytes += sizeof header + header.stored_bytes;
        found->events += header.event_count;
        if (header.kind == TRACE_CLASSES)
            found->described = true;
        if (header.kind == TRACE_TRAILER)
            found->ended = true;
        if (header.kind == TRACE_EVENTS && header.ring < found->rings &&
            next > found->next[header.ring])
            found->next[header.ring] = next;
    }
}

// Passes over what the file has.
static void move_up(const struct rp_shm *shm, struct rp_ring *ring,
                    uint64_t sequence) {
    struct rp_ring_mark mark = rp_ring_mark(ring);
    uint64_t head = rp_ring_head(ring);

    while (mark.sequence < sequence && mark.tail < head) {
        struct rp_record record;
        mark.tail += rp_spill_reader_read(shm, ring, mark.tail, head, &record);
        mark.sequence++;
    }
    rp_ring_give_back(ring, mark.tail, mark.sequence);
    ring->written_ns = 0;
}

static void move_rings_up(const struct rp_shm *shm, const struct found *found) {
    struct rp_shared *shared = rp_shared_of(shm);

    for (struct rp_ring *ring = rp_shared_rings(shm); ring != NULL;
         ring = rp_shared_next(shm, ring)) {
        if (ring->number < found->rings)
            move_up(shm, ring, found->next[ring->number]);
    }
    if (shared->notes.own_sequence < found->next[0])
        shared->notes.own_sequence = found->next[0];
}

int rp_recovery_resume(const struct rp_shm *shm, int shm_file, int file,
                       uint64_t bytes, struct rp_drainer **drainer) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct trace_file_header header;
    // relaxed: a ring with a later number has nothing in the file
    struct found found = {.rings = load_relaxed(&shared->ring_count) + 1};
    size_t room = found.rings * sizeof *found.next;

    found.next = rp_system_map(room, RP_MAP_OWN);
    if (found.next == NULL)
        return ENOMEM;
    if (bytes >= sizeof header) {
        if (rp_system_read_at(file, &header, sizeof header, 0) !=
                sizeof header ||
            header.trace_id != shared->header.trace_id) {
            rp_system_unmap(found.next, room);
            return EINVAL;
        }
        found.bytes = sizeof header;
        look_through(&found, file, bytes);
    }
    if (!found.described)
        found.bytes = 0; // nothing else is there yet: begin afresh
    struct rp_shm mine = *shm;
    int error = found.ended ? EALREADY
                : !rp_spill_reader_open(&mine)
                    ? ENODATA
                    : rp_system_truncate(file, found.bytes);
    if (error == 0) {
        move_rings_up(&mine, &found);
        *drainer =
            rp_drainer_make(&mine, shm_file, file, found.bytes, found.events);
        if (*drainer == NULL)
            error = ENOMEM;
    }
    if (error != 0 && !found.ended)
        rp_spill_reader_close(&mine);
    rp_system_unmap(found.next, room);
    return error;
}

static bool has_events(const struct rp_shm *shm) {
    const struct rp_ring *ring = rp_shared_rings(shm);

    while (ring != NULL && rp_ring_head(ring) == 0)
        ring = rp_shared_next(shm, ring);
    return ring != NULL;
}

// The trace that the rings belong to, open. path: NULL, if it is to be made.
static int open_trace(struct rp_shared *shared, const char *path, int *file,
                      uint64_t *bytes) {
    *bytes = 0;
    if (path != NULL)
        return rp_system_go_on(path, bytes, file);
    shared->force = 0; // what is there by now may be newer
    return rp_naming_create(shared, file);
}

// With the rings mapped. The files are closed.
static int finish(const struct rp_shm *shm, int shm_file, const char *trace,
                  uint64_t *events) {
    const struct rp_trace_end end = {TRACE_EXIT_DIED, -1};
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_drainer *drainer;
    uint64_t bytes;
    int file = -1, error = open_trace(shared, trace, &file, &bytes);

    if (error == 0)
        error = rp_recovery_resume(shm, shm_file, file, bytes, &drainer);
    if (error != 0) {
        if (error == EALREADY) // it was cut off before it could remove this
            rp_spill_reader_remove(shared);
        if (file >= 0)
            rp_system_close(file);
        rp_system_close(shm_file);
        return error;
    }
    rp_drainer_begin(drainer);
    rp_drainer_look(drainer, true);
    rp_drainer_end(drainer, &end);
    *events = drainer->writer.totals.events;
    error = drainer->writer.file.error;
    rp_spill_reader_close(&drainer->shm);
    drainer->shm.base = NULL; // the caller's
    rp_drainer_free(drainer);
    return error;
}

int rp_recovery_rescue(const char *trace, const char *rings,
                       struct rp_recovered *recovered) {
    struct rp_shm shm;
    int file, error = rp_system_share_again(rings, &file);

    if (error != 0)
        return error;
    rp_clock_start();
    *recovered = (struct rp_recovered){0};
    // The process lives as long as it holds them, or its drainer, if that is a
    // process.
    error = rp_system_hold(file, true)
                ? rp_shm_open(&shm, file, sizeof(struct rp_shared))
                : EBUSY;
    if (error != 0) {
        rp_system_close(file);
        return error;
    }
    struct rp_shared *shared = rp_shared_of(&shm);
    strcpy(shared->rings_path, rings); // as it is called here
    if (trace == NULL && !has_events(&shm)) {
        rp_system_unlink(rings);
        rp_system_close(file);
        rp_shm_close(&shm);
        return ENOENT;
    }
    error = finish(&shm, file, trace, &recovered->events);
    strcpy(recovered->trace, shared->trace);
    rp_shm_close(&shm);
    return error;
}
