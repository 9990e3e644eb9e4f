// recovery.c - see recovery.h.
#include "instrument/drain/recovery.h"

#include "core/base/atomic.h"
#include "instrument/format/crc32c.h"
#include "instrument/os/clock.h"
#include "instrument/os/system.h"
#include "instrument/shm/record.h"
#include "instrument/shm/spill_reader.h"

#include <errno.h>
#include <string.h>

// What the file has. Of each ring, its source notes the time of the last event,
// and the sequence of the first that is missing.
struct found {
    uint64_t bytes;  // whole blocks
    uint64_t events; // in them
    uint64_t own;    // ring 0: as above
    uint64_t own_time;
    // Of the payloads of such blocks, where no number takes less than two.
    uint64_t node_bytes, text_bytes;
    bool described; // there is what it begins with
    bool ended;     // there is a trailer
};

enum { NUMBERS_MOST = 1 << 30, SEQUENCE_BITS = 48 };

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

static void note_events(const struct rp_shm *shm, struct found *found,
                        const struct trace_block_header *header) {
    struct rp_source *source =
        rp_sources_find(&shm->own->sources, header->ring);
    uint64_t *next = &found->own, *time = &found->own_time;

    if (header->ring != 0 && source == NULL)
        return; // nothing is left of it
    if (header->ring != 0) {
        next = &source->notes.sequence;
        time = &source->notes.steps;
    }
    if (header->first_sequence + header->event_count > *next)
        *next = header->first_sequence + header->event_count;
    if (header->last_time > *time)
        *time = header->last_time;
}

static void look_through(const struct rp_shm *shm, struct found *found,
                         int file, uint64_t end) {
    struct trace_block_header header;

    while (end - found->bytes >= sizeof header &&
           read_block(file, found->bytes, end, &header)) {
        found->bytes += sizeof header + header.stored_bytes;
        found->events += header.event_count;
        if (header.kind == TRACE_CLASSES)
            found->described = true;
        if (header.kind == TRACE_TRAILER)
            found->ended = true;
        if (header.kind == TRACE_STACKS)
            found->node_bytes += header.raw_bytes;
        if (header.kind == TRACE_TEXTS)
            found->text_bytes += header.raw_bytes;
        if (header.kind == TRACE_EVENTS)
            note_events(shm, found, &header);
    }
}

// Passes over what the file has.
static void move_up(const struct rp_shm *shm, struct rp_source *source) {
    struct rp_ring_mark mark = source->mark;
    uint64_t head = rp_source_head(source), has = source->notes.sequence;

    if (source->is_cut)
        return;
    if (mark.sequence >> SEQUENCE_BITS != 0)
        mark.sequence = has;
    while (mark.sequence < has && mark.tail < head) {
        struct rp_record record;
        unsigned slots =
            rp_spill_reader_read(shm, source, mark.tail, head, &record);
        if (slots == 0) {
            rp_source_cut(source);
            return;
        }
        mark.tail += slots;
        mark.sequence++;
    }
    rp_source_give_back(source, mark.tail, mark.sequence);
}

static void note(const struct rp_shm *shm, const struct found *found) {
    const struct rp_shared *shared = rp_shared_of(shm);
    struct rp_trace_notes *notes = &shm->own->notes;

    // No snapshot can be later than that.
    uint64_t start = shared->start;
    notes->start = start < found->own_time ? start : found->own_time;
    notes->own_sequence = found->own;
    notes->nodes = 1 + (uint32_t)(found->node_bytes / 2);
    notes->texts = (uint32_t)(found->text_bytes / 2);
    // Each is an event of ring 0.
    uint32_t snapshots = load_relaxed(&shared->snapshots); // relaxed: a count
    notes->snapshots =
        snapshots < found->own ? snapshots : (uint32_t)found->own;
    uint64_t told = shared->told_lost;
    if (told <= load_relaxed(&shared->lost) && // relaxed: a count
        told <= shm->own->sources.since)
        notes->lost = told;
    for (struct rp_source *source = rp_own_rings(shm); source != NULL;
         source = source->next)
        move_up(shm, source);
}

// Looks what the trace has; an errno value.
static int find(const struct rp_shm *shm, struct found *found, int file,
                uint64_t bytes) {
    struct trace_file_header header;

    if (bytes >= sizeof header) {
        if (rp_system_read_at(file, &header, sizeof header, 0) !=
                sizeof header ||
            header.crc != rp_crc32c(0, &header,
                                    offsetof(struct trace_file_header, crc)) ||
            header.trace_id != shm->own->header.trace_id)
            return EINVAL;
        found->bytes = sizeof header;
        look_through(shm, found, file, bytes);
    }
    if (!found->described) // nothing else is there yet: begin afresh
        *found = (struct found){.bytes = 0};
    if (found->node_bytes > NUMBERS_MOST || found->text_bytes > NUMBERS_MOST)
        return EINVAL;
    return found->ended ? EALREADY : 0;
}

static int resume(struct rp_shm *shm, const struct rp_recovery *files,
                  struct rp_drainer **drainer) {
    struct found found = {.bytes = 0};

    rp_own_rings(shm);
    int error = find(shm, &found, files->trace, files->bytes);
    if (error == 0 && !rp_spill_reader_open(shm, files->spill))
        error = ENODATA;
    if (error == 0)
        error = rp_system_truncate(files->trace, found.bytes);
    if (error != 0)
        return error;
    note(shm, &found);
    *drainer = rp_drainer_make(shm, files->rings, files->trace, found.bytes,
                               found.events);
    return *drainer != NULL ? 0 : ENOMEM;
}

int rp_recovery_resume(const struct rp_shm *shm, int shm_file, int file,
                       uint64_t bytes, struct rp_drainer **drainer) {
    const struct rp_recovery files = {
        .rings = shm_file, .trace = file, .spill = -1, .bytes = bytes};
    struct rp_shm mine = *shm;

    if ((shm_file >= 0 && !rp_shm_measure(&mine, shm_file)) ||
        !rp_own_make(&mine))
        return EINVAL;
    int error = resume(&mine, &files, drainer);
    if (error != 0) {
        rp_spill_reader_close(&mine);
        rp_own_free(&mine);
    }
    return error;
}

// ---- after the death of the process ----

int rp_recovery_map(struct rp_recovery *files) {
    rp_clock_start();
    return rp_shm_open(&files->shm, files->rings, sizeof(struct rp_shared));
}

// The drainer is to end.
static void finish(struct rp_drainer *drainer, struct rp_recovered *recovered) {
    const struct rp_trace_end end = {TRACE_EXIT_DIED, -1};
    const struct rp_sources *sources = &drainer->shm.own->sources;

    drainer->keeps_open = true;
    rp_drainer_begin(drainer);
    rp_drainer_look(drainer, true);
    rp_drainer_end(drainer, &end);
    recovered->events = drainer->writer.totals.events;
    recovered->cut = sources->cut + sources->is_cut;
}

// How many ticks the process lived, at most. Clocks may have been set since,
// and the machine started again: so that is little more than a guess.
static uint64_t longest_life(const struct rp_own *own) {
    const uint64_t day = UINT64_C(86400000000000), ticks_per_ns = 8;
    uint64_t now = rp_clock_wall(), began = own->header.start_unix_ns;
    uint64_t ns = (now > began ? now - began : 0) + day;
    uint64_t steps = ns / RP_TRACE_STEP_NS + 1;

    // Steps by a coarse clock are of less than RP_TRACE_STEP_NS.
    if (own->shift == 0 || own->sources.clock != NULL)
        return ns < UINT64_MAX / ticks_per_ns ? ns * ticks_per_ns : UINT64_MAX;
    return steps < UINT64_MAX >> (own->shift + 1) ? steps << (own->shift + 1)
                                                  : UINT64_MAX;
}

int rp_recovery_rescue(struct rp_recovery *files,
                       struct rp_recovered *recovered) {
    struct rp_shm *shm = &files->shm;
    struct rp_drainer *drainer;

    *recovered = (struct rp_recovered){.events = 0};
    if (!rp_own_make(shm)) {
        rp_shm_close(shm);
        return EBADMSG;
    }
    struct rp_own *own = shm->own;
    // Who has opened the files sees to them.
    memset(own->rings, 0, sizeof own->rings);
    memcpy(own->trace, files->path, sizeof own->trace);
    own->limit = files->most;
    rp_sources_end(&own->sources, longest_life(own));
    if (load_relaxed(&rp_shared_of(shm)->spill.state) <= // relaxed: it is dead
        RP_SPILL_WISHED)
        store_relaxed(&rp_shared_of(shm)->spill.state,
                      RP_SPILL_NONE); // as above
    int error = resume(shm, files, &drainer);
    if (error == 0) {
        finish(drainer, recovered);
        error = drainer->writer.file.error;
        rp_drainer_free(drainer);
        shm->base = NULL; // unmapped with it
    } else {
        rp_spill_reader_leave(shm);
        rp_own_free(shm);
        rp_shm_close(shm);
    }
    return error;
}
