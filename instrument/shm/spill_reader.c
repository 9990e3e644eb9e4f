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
    REGIONS = RP_SPILL_REGIONS,
    SHARE = 2, // of the free disk, one part in so many
};

// The file, and what was read of it.
struct rp_spill_view {
    int file;
    uint64_t region; // bytes of the slots of each
    const struct rp_source *of;
    uint64_t start, end; // slots that are there
    struct rp_slots part;
    struct rp_slot slots[CHUNK];
};

// ---- the file ----

void rp_spill_reader_name(char *path, size_t room, const char *trace,
                          uint32_t process, uint64_t trace_id) {
    const char *slash = strrchr(trace, '/');
    struct rp_line line = rp_line_start(path, room);

    if (slash != NULL)
        rp_line_bytes(&line, trace, (size_t)(slash + 1 - trace));
    rp_line_text(&line, ".spill.");
    rp_line_number(&line, process);
    rp_line_text(&line, ".");
    rp_line_id(&line, trace_id);
}

static void name(struct rp_own *own) {
    rp_spill_reader_name(own->spill, sizeof own->spill, own->trace,
                         own->process, own->header.trace_id);
}

static int make_view(struct rp_shm *shm, int file, uint64_t region) {
    struct rp_spill_view *view = rp_system_map(sizeof *view, RP_MAP_OWN);

    if (view == NULL)
        return ENOMEM;
    view->file = file;
    view->region = region;
    view->part = (struct rp_slots){view->slots, CHUNK - 1};
    shm->spill = view;
    shm->own->sources.spill_slots =
        region / sizeof(struct rp_slot) + RP_SPILL_STAGE;
    return 0;
}

static bool is_budget(uint64_t bytes) {
    return bytes >= RP_SPILL_LEAST && bytes <= UINT64_C(1) << 44;
}

static int make(struct rp_shm *shm) {
    struct rp_spill_shared *spill = &rp_shared_of(shm)->spill;
    char *path = shm->own->spill;
    uint64_t budget = spill->budget;
    int file, error;

    if (!is_budget(budget))
        return EINVAL;
    uint64_t region = UINT64_C(1) << highest_bit(budget);
    if (region < budget)
        region *= 2;
    name(shm->own);
    error = rp_system_share(path, REGIONS * region, &file);
    if (error != 0) {
        path[0] = 0; // it is somebody else's
        return error;
    }
    uint64_t free = rp_system_free_bytes(file) / SHARE;
    if (free < budget)
        budget = free;
    error = budget >= RP_SPILL_LEAST ? make_view(shm, file, region) : ENOSPC;
    if (error != 0) {
        rp_system_remove(path, file);
        rp_system_close(file);
        path[0] = 0;
        return error;
    }
    store_relaxed(&spill->left, budget); // relaxed: by [spill file]
    spill->region = region;
    memcpy(spill->path, path, sizeof spill->path);
    return 0;
}

void rp_spill_reader_make(struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    _Atomic uint32_t *state = &shared->spill.state;

    // relaxed: next time
    if (shm->spill != NULL || load_relaxed(state) != RP_SPILL_WISHED)
        return;
    int error = make(shm);
    if (error != 0) {
        char path[sizeof shm->own->spill];
        rp_spill_reader_name(path, sizeof path, shm->own->trace,
                             shm->own->process, shm->own->header.trace_id);
        rp_spill_complain(path, error);
    }
    // release [spill file]: it is there
    store_release(state, error == 0 ? RP_SPILL_READY : RP_SPILL_OVER);
}

// Whether the ring has events in the file.
static bool is_needed(const struct rp_source *source) {
    const struct rp_ring *ring = source->ring;
    // acquire [spill]: where it begins and lies
    uint64_t to = load_acquire(&ring->spill.to);

    // relaxed: by [spill]
    return to > load_relaxed(&ring->spill.from) &&
           source->mark.tail < load_relaxed(&ring->spill.written);
}

bool rp_spill_reader_open(struct rp_shm *shm, int file) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_own *own = shm->own;
    bool needed = false, mine = file < 0;

    shm->spill = NULL;
    // acquire [spill file]: its name
    if (load_acquire(&shared->spill.state) < RP_SPILL_READY)
        return true;
    if (mine) {
        name(own);
        if (rp_system_share_again(own->spill, &file) != 0) {
            own->spill[0] = 0;
            file = -1;
        }
    }
    // All regions are equal, and the file has just them.
    uint64_t bytes = file >= 0 ? rp_system_file_bytes(file) : 0;
    uint64_t region = bytes / REGIONS;
    if (is_budget(region) && bytes % REGIONS == 0 &&
        (region & (region - 1)) == 0 && make_view(shm, file, region) == 0)
        return true;
    if (mine && file >= 0)
        rp_system_close(file);
    for (const struct rp_source *source = rp_own_rings(shm); source != NULL;
         source = source->next)
        needed |= is_needed(source);
    // What nobody can read shall not be written any more.
    store_relaxed(&shared->spill.state, RP_SPILL_OVER); // relaxed: noticed
    return !needed;
}

void rp_spill_reader_close(struct rp_shm *shm) {
    if (shm->spill != NULL)
        rp_system_close(shm->spill->file);
    rp_spill_reader_leave(shm);
}

void rp_spill_reader_remove(struct rp_shm *shm) {
    if (shm->spill != NULL && shm->own->spill[0] != 0)
        rp_system_remove(shm->own->spill, shm->spill->file);
    rp_spill_reader_close(shm);
}

void rp_spill_reader_leave(struct rp_shm *shm) {
    if (shm->spill != NULL)
        rp_system_unmap(shm->spill, sizeof *shm->spill);
    shm->spill = NULL;
}

// ---- what is there ----

// Copies slots from `start` on from the stage; false: the producer has written
// them into the file meanwhile, and may have put others in their place; or
// there is none.
static bool load_stage(const struct rp_shm *shm, const struct rp_ring *ring,
                       struct rp_spill_view *view, uint64_t start) {
    uint64_t offset = ring->spill.stage;
    _Atomic uint64_t *written =
        (_Atomic uint64_t *)(uintptr_t)&ring->spill.written;

    if (!rp_shm_has(shm, offset, rp_ring_bytes(RP_SPILL_STAGE), RP_SHM_PAGE))
        return false;
    const struct rp_ring *stage = rp_shm_at(shm, offset);
    for (uint64_t i = start; i < view->end; i++)
        view->slots[i & (CHUNK - 1)] = stage->slots[i & (RP_SPILL_STAGE - 1)];
    // acq_rel [written]: looked at when the copy is done
    return or_acq_rel(written, 0) <= start;
}

// Reads slots up to `end` from the file.
static bool load_file(const struct rp_ring *ring, struct rp_spill_view *view,
                      uint64_t end) {
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
        uint64_t offset =
            rp_spill_offset(view->region, ring->spill.region, from, chunk) +
            (at - chunk) * sizeof(struct rp_slot);
        if (rp_system_read_at(view->file, &view->slots[slot], bytes, offset) !=
            bytes)
            return false;
    }
    return true;
}

// Reads a chunk from slot `at` on, as far as there is one up to head.
static bool load(const struct rp_shm *shm, const struct rp_source *source,
                 uint64_t at, uint64_t head) {
    enum { TRIES = 2 }; // what has left the stage is in the file
    const struct rp_ring *ring = source->ring;
    struct rp_spill_view *view = shm->spill;
    bool whole = false;

    view->of = NULL;
    view->start = at;
    view->end = head - at < CHUNK ? head : at + CHUNK;
    for (int i = 0; i < TRIES && !whole; i++) {
        // acquire [written]: the slots before
        uint64_t written = load_acquire(&ring->spill.written);
        uint64_t middle = written < at          ? at
                          : written < view->end ? written
                                                : view->end;
        if (!load_file(ring, view, middle))
            return false;
        whole = middle == view->end || load_stage(shm, ring, view, middle);
    }
    if (!whole)
        return false;
    view->of = source;
    // An event may reach beyond what is here, unless that is all.
    if (view->end != head)
        view->end -= RP_RECORD_MAX_SLOTS - 1;
    return true;
}

const struct rp_slots *rp_spill_reader_load(const struct rp_shm *shm,
                                            const struct rp_source *source,
                                            uint64_t at, uint64_t head,
                                            uint64_t *end) {
    struct rp_spill_view *view = shm->spill;

    *end = at;
    if (view == NULL || at >= head)
        return &source->slots;
    if ((view->of != source || at < view->start || at >= view->end) &&
        !load(shm, source, at, head))
        return &source->slots;
    *end = view->end < head ? view->end : head;
    return &view->part;
}

void rp_spill_reader_pass(const struct rp_shm *shm, struct rp_source *source,
                          uint64_t tail) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_ring *ring = source->ring;
    // acquire [spill]: where it begins and lies
    uint64_t to = load_acquire(&ring->spill.to);
    // relaxed, both: by [spill]; and only what was read counts
    uint64_t from = load_relaxed(&ring->spill.from);
    uint64_t written = load_relaxed(&ring->spill.written);

    if (from >= to || tail <= from || source->passed >= to)
        return;
    uint64_t passed = source->passed < from ? from : source->passed;
    if (passed >= tail)
        return;
    for (uint64_t at = from + (passed - from) / CHUNK * CHUNK;
         at + CHUNK <= tail && at + CHUNK <= written; at += CHUNK) {
        if (shm->spill != NULL)
            rp_system_punch(shm->spill->file,
                            rp_spill_offset(shm->spill->region,
                                            ring->spill.region, from, at),
                            CHUNK_BYTES);
        add_relaxed(&shared->spill.left, CHUNK_BYTES); // relaxed: a count
    }
    source->passed = tail < to ? tail : to;
    // release [passed]: nothing is read or removed before it
    store_release(&ring->spill.passed, source->passed);
}
