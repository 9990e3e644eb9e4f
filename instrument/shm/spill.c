// spill.c - see spill.h.
#include "instrument/shm/spill.h"

#include "core/base/bits.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/shm/own.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    REGIONS = 32, // rings with a spill, at the same time
    CHUNK_BYTES = 256 << 10,
    CHUNK = CHUNK_BYTES / sizeof(struct rp_slot),
    STAGE = 2 * CHUNK, // slots
    SHARE = 2,         // of the free disk, one part in so many
    PATIENCE_NS = 2000000,
    WINDOW_NS = 20000000,
};

static_assert(RP_SPILL_LEAST % CHUNK_BYTES == 0, "whole chunks");

// Of one who drains: the file, and what was read of it.
struct rp_spill_view {
    int file;
    uint64_t region; // bytes of the slots of each
    const struct rp_source *of;
    uint64_t start, end; // slots that are there
    struct rp_slots part;
    struct rp_slot slots[CHUNK];
};

static void say(const char *path, int error) {
    const char *reason = strerrordesc_np(error);
    char text[RP_PATH_BYTES + 512];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, path);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be used");
    rp_line_text(&line, ". A thread whose buffer is full waits for the "
                        "recorder instead; nothing is lost.");
    rp_system_say(text);
}

// Where the chunk is that begins at slot `at` of a ring whose spill begins at
// `from`, in files with regions of so many bytes.
static uint64_t offset_of(uint64_t bytes, uint32_t region, uint64_t from,
                          uint64_t at) {
    return region % REGIONS * bytes +
           ((at - from) * sizeof(struct rp_slot) & (bytes - 1));
}

// ---- who drains: the file ----

void rp_spill_name(char *path, size_t room, const char *trace, uint32_t process,
                   uint64_t trace_id) {
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
    rp_spill_name(own->spill, sizeof own->spill, own->trace, own->process,
                  own->header.trace_id);
}

static int make_view(struct rp_shm *shm, int file, uint64_t region) {
    struct rp_spill_view *view = rp_system_map(sizeof *view, RP_MAP_OWN);

    if (view == NULL)
        return ENOMEM;
    view->file = file;
    view->region = region;
    view->part = (struct rp_slots){view->slots, CHUNK - 1};
    shm->spill = view;
    shm->own->sources.spill_slots = region / sizeof(struct rp_slot) + STAGE;
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

void rp_spill_make(struct rp_shm *shm) {
    struct rp_shared *shared = rp_shared_of(shm);
    _Atomic uint32_t *state = &shared->spill.state;

    // relaxed: next time
    if (shm->spill != NULL || load_relaxed(state) != RP_SPILL_WISHED)
        return;
    int error = make(shm);
    if (error != 0) {
        char path[sizeof shm->own->spill];
        rp_spill_name(path, sizeof path, shm->own->trace, shm->own->process,
                      shm->own->header.trace_id);
        say(path, error);
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

bool rp_spill_open(struct rp_shm *shm, int file) {
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

void rp_spill_close(struct rp_shm *shm) {
    if (shm->spill == NULL)
        return;
    if (shm->own->spill[0] != 0)
        rp_system_remove(shm->own->spill, shm->spill->file);
    rp_system_close(shm->spill->file);
    rp_spill_leave(shm);
}

void rp_spill_leave(struct rp_shm *shm) {
    if (shm->spill != NULL)
        rp_system_unmap(shm->spill, sizeof *shm->spill);
    shm->spill = NULL;
}

// ---- who drains: what is there ----

// Copies slots from `start` on from the stage; false: the producer has written
// them into the file meanwhile, and may have put others in their place; or
// there is none.
static bool load_stage(const struct rp_shm *shm, const struct rp_ring *ring,
                       struct rp_spill_view *view, uint64_t start) {
    uint64_t offset = ring->spill.stage;
    _Atomic uint64_t *written =
        (_Atomic uint64_t *)(uintptr_t)&ring->spill.written;

    if (!rp_shm_has(shm, offset, rp_ring_bytes(STAGE), RP_SHM_PAGE))
        return false;
    const struct rp_ring *stage = rp_shm_at(shm, offset);
    for (uint64_t i = start; i < view->end; i++)
        view->slots[i & (CHUNK - 1)] = stage->slots[i & (STAGE - 1)];
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
            offset_of(view->region, ring->spill.region, from, chunk) +
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

const struct rp_slots *rp_spill_load(const struct rp_shm *shm,
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

void rp_spill_pass(const struct rp_shm *shm, struct rp_source *source,
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
            rp_system_punch(
                shm->spill->file,
                offset_of(shm->spill->region, ring->spill.region, from, at),
                CHUNK_BYTES);
        add_relaxed(&shared->spill.left, CHUNK_BYTES); // relaxed: a count
    }
    source->passed = tail < to ? tail : to;
    // release [passed]: nothing is read or removed before it
    store_release(&ring->spill.passed, source->passed);
}

// ---- the producer ----

bool rp_spill_may_wait(struct rp_producer *producer, uint64_t began,
                       uint64_t now) {
    if (began - producer->spill.window > WINDOW_NS) {
        producer->spill.window = began;
        producer->spill.waited = 0;
    }
    return now - began < PATIENCE_NS &&
           producer->spill.waited + (now - began) < WINDOW_NS / 2;
}

void rp_spill_waited(struct rp_producer *producer, uint64_t began,
                     uint64_t now) {
    producer->spill.waited += now - began;
}

// A region that no ring has; REGIONS: there is none.
static uint32_t take_region(struct rp_spill_shared *spill) {
    // relaxed: a first guess
    uint32_t taken = load_relaxed(&spill->taken);

    while (taken != UINT32_MAX) {
        uint32_t region = lowest_bit(~taken);
        // acq_rel [region]: who had it is done with it
        if (cas_acq_rel(&spill->taken, &taken, taken | UINT32_C(1) << region))
            return region;
    }
    return REGIONS;
}

static bool take_budget(struct rp_spill_shared *spill) {
    uint64_t left = load_relaxed(&spill->left); // relaxed, both: a count

    do {
        if (left < CHUNK_BYTES)
            return false;
    } while (!cas_relaxed(&spill->left, &left, left - CHUNK_BYTES)); // as above
    return true;
}

// Writes the chunk of the stage that is the next; an errno value.
static int write_out(const struct rp_shared *shared,
                     const struct rp_producer *producer, uint64_t at) {
    const struct rp_ring *ring = producer->ring;
    uint64_t slot = at & (STAGE - 1), first = STAGE - slot;
    int file, error = rp_system_is_confined()
                          ? EPERM
                          : rp_system_share_again(shared->spill.path, &file);

    if (error != 0)
        return error;
    if (first > CHUNK)
        first = CHUNK;
    // relaxed: mine
    uint64_t offset = offset_of(shared->spill.region, ring->spill.region,
                                load_relaxed(&ring->spill.from), at);
    size_t bytes = (size_t)first * sizeof(struct rp_slot);
    error = rp_system_write_at(file, &producer->slots[slot], bytes, offset);
    if (error == 0)
        error = rp_system_write_at(file, producer->slots, CHUNK_BYTES - bytes,
                                   offset + bytes);
    rp_system_close(file);
    return error;
}

// Makes room in the stage; false: there is none in the file.
static bool write_chunk(struct rp_shared *shared,
                        struct rp_producer *producer) {
    struct rp_spill_shared *spill = &shared->spill;
    struct rp_ring *ring = producer->ring;
    uint32_t ready = RP_SPILL_READY;
    uint64_t at = load_relaxed(&ring->spill.written); // relaxed: mine
    // acquire [passed]: nothing is read or removed before it
    uint64_t passed = load_acquire(&ring->spill.passed);

    // relaxed: a state that only ends
    if (load_relaxed(&spill->state) != RP_SPILL_READY ||
        (at + CHUNK - passed + CHUNK) * sizeof(struct rp_slot) >
            spill->region ||
        !take_budget(spill))
        return false;
    int error = write_out(shared, producer, at);
    if (error == 0) {
        // release [written]: it is in the file
        store_release(&ring->spill.written, at + CHUNK);
        add_relaxed(&spill->used, CHUNK_BYTES); // relaxed: a count
        return true;
    }
    add_relaxed(&spill->left, CHUNK_BYTES);                       // as above
    if (cas_strong_relaxed(&spill->state, &ready, RP_SPILL_OVER)) // as above
        say(shared->spill.path, error);
    return false;
}

// The stage of this producer, made with its first spill; NULL: no memory.
static struct rp_ring *stage_of(struct rp_shm *shm, struct rp_ring *ring) {
    if (ring->spill.stage == 0) {
        size_t bytes = rp_ring_bytes(STAGE);
        uint64_t offset = rp_shm_take(shm, bytes, bytes);
        if (offset == 0)
            return NULL;
        rp_ring_make(rp_shm_at(shm, offset), STAGE, STAGE, ring->number);
        ring->spill.stage = offset;
    }
    return rp_shm_at(shm, ring->spill.stage);
}

bool rp_spill_enter(struct rp_shm *shm, struct rp_producer *producer) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_ring *ring = producer->ring;
    // acquire [spill file]: it is there
    uint32_t state = load_acquire(&shared->spill.state);

    if (state == RP_SPILL_NONE && shared->spill.budget != 0)
        cas_strong_relaxed(&shared->spill.state, &state,
                           RP_SPILL_WISHED); // relaxed: no more than a wish
    if (state != RP_SPILL_READY || producer->spill.is_on ||
        rp_shared_is_paused(shared) ||
        rp_system_process() != shared->process) // the child of a vfork
        return false;
    struct rp_ring *stage = stage_of(shm, ring);
    uint32_t region = stage != NULL ? take_region(&shared->spill) : REGIONS;
    if (region == REGIONS)
        return false;
    ring->spill.region = region;
    // relaxed, all: by [spill]
    store_relaxed(&ring->spill.from, producer->head);
    store_relaxed(&ring->spill.written, producer->head);
    store_relaxed(&ring->spill.passed, producer->head);
    // release [spill]: where it begins and lies
    store_release(&ring->spill.to, UINT64_MAX);
    producer->spill.is_on = true;
    producer->slots = stage->slots;
    producer->mask = STAGE - 1;
    producer->limit = producer->head + STAGE;
    return true;
}

static void leave(struct rp_spill_shared *spill, struct rp_producer *producer) {
    // acq_rel [region]: I am done with it
    and_acq_rel(&spill->taken, ~(UINT32_C(1) << producer->ring->spill.region));
    producer->spill.is_on = false;
}

static bool refresh_stage(struct rp_shared *shared,
                          struct rp_producer *producer, unsigned slots) {
    struct rp_ring *ring = producer->ring;
    uint64_t written = load_relaxed(&ring->spill.written); // relaxed: mine
    bool room = true;

    while (room && producer->head - written >= CHUNK) {
        room = write_chunk(shared, producer);
        written = load_relaxed(&ring->spill.written); // relaxed: mine
    }
    // Without the file there is room when the drainer has read the stage: then
    // the producer goes back into its ring.
    producer->limit = written + STAGE;
    return producer->head + slots <= producer->limit;
}

bool rp_spill_refresh(struct rp_shm *shm, struct rp_producer *producer,
                      unsigned slots) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_ring *ring = producer->ring;
    // acquire [passed]: the consumer's reads of the slots are done
    uint64_t passed = load_acquire(&ring->spill.passed);
    // acquire [tail]: as above
    uint64_t tail = load_acquire(&ring->tail);
    uint64_t from = load_relaxed(&ring->spill.from); // relaxed, both: mine
    uint64_t to = load_relaxed(&ring->spill.to);

    if (passed >= to) {
        leave(&shared->spill, producer);
        return rp_producer_refresh(producer, slots);
    }
    if (to != UINT64_MAX)
        return rp_producer_refresh(producer, slots);
    if (tail < from || producer->head - tail > rp_ring_room(ring) / 2)
        return refresh_stage(shared, producer, slots);
    // relaxed: published by [ring], with the first head beyond
    store_relaxed(&ring->spill.to, producer->head);
    producer->slots = ring->slots;
    producer->mask = rp_ring_room(ring) - 1;
    return rp_producer_refresh(producer, slots);
}
