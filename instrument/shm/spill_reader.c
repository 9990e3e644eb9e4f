// spill_reader.c - see spill_reader.h.
#include "instrument/shm/spill_reader.h"

#include "core/base/bits.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum {
    CHUNK = RP_SPILL_CHUNK,
    CHUNK_BYTES = RP_SPILL_CHUNK_BYTES,
    SHARE = 2, // of the free disk, one part in so many
};

// The file, and what was read of it, as a ring.
struct rp_spill_view {
    int file;
    const struct rp_ring *of;
    uint64_t start, end; // slots that are there
    struct rp_ring part; // its slots follow
};

enum { VIEW_BYTES = sizeof(struct rp_spill_view) + CHUNK_BYTES };

// ---- the file ----

static void name(struct rp_shared *shared) {
    struct rp_spill_shared *spill = &shared->spill;
    const char *slash = strrchr(shared->trace, '/');
    struct rp_line line = rp_line_start(spill->path, sizeof spill->path);

    if (slash != NULL)
        rp_line_bytes(&line, shared->trace,
                      (size_t)(slash + 1 - shared->trace));
    rp_line_text(&line, ".spill.");
    rp_line_number(&line, shared->process);
    rp_line_text(&line, ".");
    rp_line_id(&line, shared->header.trace_id);
}

static int make_view(struct rp_shm *shm, int file) {
    struct rp_spill_view *view = rp_system_map(VIEW_BYTES, RP_MAP_OWN);

    if (view == NULL)
        return ENOMEM;
    view->file = file;
    rp_ring_make(&view->part, CHUNK, CHUNK, 0);
    shm->spill = view;
    return 0;
}

static int make(struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_spill_shared *spill = &shared->spill;
    uint64_t budget = spill->budget, room = UINT64_C(1) << highest_bit(budget);
    int file, error;

    name(shared);
    spill->region = room < budget ? 2 * room : room;
    error =
        rp_system_share(spill->path, RP_SPILL_REGIONS * spill->region, &file);
    if (error != 0)
        return error;
    uint64_t free = rp_system_free_bytes(file) / SHARE;
    if (free < budget)
        budget = free;
    error = budget >= RP_SPILL_LEAST ? make_view(shm, file) : ENOSPC;
    store_relaxed(&spill->left, budget); // relaxed: by [spill file]
    if (error != 0) {
        rp_system_close(file);
        rp_system_unlink(spill->path);
    }
    return error;
}

void rp_spill_reader_make(struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    _Atomic uint32_t *state = &shared->spill.state;

    if (load_relaxed(state) != RP_SPILL_WISHED) // relaxed: next time
        return;
    int error = make(shm);
    if (error != 0)
        rp_spill_complain(shared, error);
    // release [spill file]: it is there
    store_release(state, error == 0 ? RP_SPILL_READY : RP_SPILL_OVER);
}

void rp_spill_reader_remove(const struct rp_shared *shared) {
    if (shared->spill.path[0] != 0)
        rp_system_unlink(shared->spill.path);
    if (shared->rings_path[0] != 0)
        rp_system_unlink(shared->rings_path);
}

// Whether the ring has events in the file.
static bool is_needed(const struct rp_ring *ring) {
    // acquire [spill]: where it begins and lies
    uint64_t to = load_acquire(&ring->spill.to);

    // relaxed: by [spill]
    return to > load_relaxed(&ring->spill.from) &&
           rp_ring_mark(ring).tail < load_relaxed(&ring->spill.written);
}

bool rp_spill_reader_open(struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    bool needed = false;
    int file;

    shm->spill = NULL;
    // acquire [spill file]: its name
    if (load_acquire(&shared->spill.state) < RP_SPILL_READY)
        return true;
    if (rp_system_share_again(shared->spill.path, &file) == 0) {
        if (make_view(shm, file) == 0)
            return true;
        rp_system_close(file);
    }
    for (const struct rp_ring *ring = rp_shared_rings(shm); ring != NULL;
         ring = rp_shared_next(shm, ring))
        needed |= is_needed(ring);
    // What nobody can read shall not be written any more.
    store_relaxed(&shared->spill.state, RP_SPILL_OVER); // relaxed: noticed
    return !needed;
}

void rp_spill_reader_close(struct rp_shm *shm) {
    if (shm->spill == NULL)
        return;
    rp_system_close(shm->spill->file);
    rp_system_unmap(shm->spill, VIEW_BYTES);
    shm->spill = NULL;
}

// ---- what is there ----

// Copies slots from `start` on from the stage; false: the producer has written
// them into the file meanwhile, and may have put others in their place.
static bool load_stage(const struct rp_shm *shm, const struct rp_ring *ring,
                       struct rp_spill_view *view, uint64_t start) {
    const struct rp_ring *stage = rp_shm_at(shm, ring->spill.stage);
    _Atomic uint64_t *written =
        (_Atomic uint64_t *)(uintptr_t)&ring->spill.written;

    for (uint64_t i = start; i < view->end; i++)
        view->part.slots[i & (CHUNK - 1)] = *rp_ring_slot(stage, i);
    // acq_rel [written]: looked at when the copy is done
    return or_acq_rel(written, 0) <= start;
}

// Reads slots up to `end` from the file.
static bool load_file(const struct rp_shm *shm, const struct rp_ring *ring,
                      struct rp_spill_view *view, uint64_t end) {
    uint64_t from = load_relaxed(&ring->spill.from); // relaxed: by [spill]

    for (uint64_t at = view->start, next; at < end; at = next) {
        // Up to the end of the chunk, of the view's ring, or of all.
        uint64_t chunk = from + (at - from) / CHUNK * CHUNK;
        uint64_t slot = at & (CHUNK - 1);
        next = chunk + CHUNK - at < CHUNK - slot ? chunk + CHUNK
                                                 : at + CHUNK - slot;
        if (next > end)
            next = end;
        size_t bytes = (size_t)(next - at) * sizeof(struct rp_slot);
        uint64_t offset = rp_spill_offset(rp_shared_of(shm), ring, chunk) +
                          (at - chunk) * sizeof(struct rp_slot);
        if (rp_system_read_at(view->file, &view->part.slots[slot], bytes,
                              offset) != bytes)
            return false;
    }
    return true;
}

// Reads a chunk from slot `at` on, as far as there is one up to head.
static bool load(const struct rp_shm *shm, const struct rp_ring *ring,
                 uint64_t at, uint64_t head) {
    struct rp_spill_view *view = shm->spill;
    uint64_t middle;

    view->of = NULL;
    view->start = at;
    view->end = head - at < CHUNK ? head : at + CHUNK;
    do { // at most twice: what has left the stage is in the file
        // acquire [written]: the slots before
        uint64_t written = load_acquire(&ring->spill.written);
        middle = written < at ? at : written < view->end ? written : view->end;
        if (!load_file(shm, ring, view, middle))
            return false;
    } while (middle < view->end && !load_stage(shm, ring, view, middle));
    view->of = ring;
    // An event may reach beyond what is here, unless that is all.
    if (view->end != head)
        view->end -= RP_RECORD_MAX_SLOTS - 1;
    return true;
}

const struct rp_ring *rp_spill_reader_load(const struct rp_shm *shm,
                                           const struct rp_ring *ring,
                                           uint64_t at, uint64_t head,
                                           uint64_t *end) {
    struct rp_spill_view *view = shm->spill;

    *end = at;
    if (view == NULL || at >= head)
        return ring;
    if ((view->of != ring || at < view->start || at >= view->end) &&
        !load(shm, ring, at, head))
        return ring;
    *end = view->end < head ? view->end : head;
    return &view->part;
}

void rp_spill_reader_pass(const struct rp_shm *shm, struct rp_ring *ring,
                          uint64_t tail) {
    struct rp_shared *shared = rp_shared_of(shm);
    // acquire [spill]: where it begins and lies
    uint64_t to = load_acquire(&ring->spill.to);
    // relaxed, all: by [spill]; mine; and only what was read counts
    uint64_t from = load_relaxed(&ring->spill.from);
    uint64_t passed = load_relaxed(&ring->spill.passed);
    uint64_t written = load_relaxed(&ring->spill.written);

    if (from >= to || tail <= passed || passed >= to)
        return;
    for (uint64_t at = from + (passed - from) / CHUNK * CHUNK;
         at + CHUNK <= tail && at + CHUNK <= written; at += CHUNK) {
        if (shm->spill != NULL)
            rp_system_punch(shm->spill->file, rp_spill_offset(shared, ring, at),
                            CHUNK_BYTES);
        add_relaxed(&shared->spill.left, CHUNK_BYTES); // relaxed: a count
    }
    // release [passed]: nothing is read or removed before it
    store_release(&ring->spill.passed, tail < to ? tail : to);
}
