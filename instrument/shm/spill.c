// spill.c - see spill.h.
#include "instrument/shm/spill.h"

#include "core/base/bits.h"
#include "instrument/os/line.h"
#include "instrument/os/spawn.h"
#include "instrument/os/system.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    CHUNK = RP_SPILL_CHUNK,
    CHUNK_BYTES = RP_SPILL_CHUNK_BYTES,
    STAGE = RP_SPILL_STAGE,
    PATIENCE_NS = 2000000,
    WINDOW_NS = 20000000,
};

static_assert(RP_SPILL_LEAST % CHUNK_BYTES == 0, "whole chunks");

void rp_spill_complain(const char *path, int error) {
    const char *reason = rp_system_reason(error);
    char text[RP_PATH_BYTES + 512];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, path);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be used");
    rp_line_text(&line, ". A thread whose buffer is full waits for the "
                        "recorder instead; nothing is lost.");
    rp_system_say(text);
}

bool rp_spill_may_wait(struct rp_ring_producer *producer, uint64_t began,
                       uint64_t now) {
    if (began - producer->spill.window > WINDOW_NS) {
        producer->spill.window = began;
        producer->spill.waited = 0;
    }
    return now - began < PATIENCE_NS &&
           producer->spill.waited + (now - began) < WINDOW_NS / 2;
}

void rp_spill_waited(struct rp_ring_producer *producer, uint64_t began,
                     uint64_t now) {
    producer->spill.waited += now - began;
}

// A region that no ring has; RP_SPILL_REGIONS: there is none.
static uint32_t take_region(struct rp_spill_shared *spill) {
    // relaxed: a first guess
    uint32_t taken = load_relaxed(&spill->taken);

    while (taken != UINT32_MAX) {
        uint32_t region = lowest_bit(~taken);
        // acq_rel [region]: who had it is done with it
        if (cas_acq_rel(&spill->taken, &taken, taken | UINT32_C(1) << region))
            return region;
    }
    return RP_SPILL_REGIONS;
}

static bool take_budget(struct rp_spill_shared *spill) {
    uint64_t left = load_relaxed(&spill->left); // relaxed, both: a count

    do {
        if (left < CHUNK_BYTES)
            return false;
    } while (!cas_relaxed(&spill->left, &left, left - CHUNK_BYTES)); // as above
    return true;
}

struct chunk {
    const char *path; // of the spill
    const struct rp_slot *slots;
    uint64_t slot; // where it begins in the stage
    uint64_t offset;
    int error;
};

static void write_file(void *context) {
    struct chunk *chunk = context;
    uint64_t first = STAGE - chunk->slot;
    int file;

    chunk->error = rp_system_share_again(chunk->path, &file);
    if (chunk->error != 0)
        return;
    if (first > CHUNK)
        first = CHUNK;
    size_t bytes = (size_t)first * sizeof(struct rp_slot);
    chunk->error = rp_system_write_at(file, &chunk->slots[chunk->slot], bytes,
                                      chunk->offset);
    if (chunk->error == 0)
        chunk->error = rp_system_write_at(
            file, chunk->slots, CHUNK_BYTES - bytes, chunk->offset + bytes);
    rp_system_close(file);
}

// Writes the chunk of the stage that is the next; an errno value.
static int write_out(const struct rp_shared *shared,
                     const struct rp_ring_producer *producer, uint64_t at) {
    const struct rp_ring *ring = producer->ring;
    struct chunk chunk = {
        .path = shared->spill.path,
        .slots = producer->slots,
        .slot = at & (STAGE - 1),
        // relaxed: mine
        .offset = rp_spill_offset(shared->spill.region, ring->spill.region,
                                  load_relaxed(&ring->spill.from), at),
    };

    if (rp_system_is_confined())
        return EPERM;
    rp_spawn_errand(write_file, &chunk);
    return chunk.error;
}

// Makes room in the stage; false: there is none in the file.
static bool write_chunk(struct rp_shared *shared,
                        struct rp_ring_producer *producer) {
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
        rp_spill_complain(shared->spill.path, error);
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

bool rp_spill_enter(struct rp_shm *shm, struct rp_ring_producer *producer) {
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
    uint32_t region =
        stage != NULL ? take_region(&shared->spill) : RP_SPILL_REGIONS;
    if (region == RP_SPILL_REGIONS)
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

static void leave(struct rp_spill_shared *spill,
                  struct rp_ring_producer *producer) {
    // acq_rel [region]: I am done with it
    and_acq_rel(&spill->taken, ~(UINT32_C(1) << producer->ring->spill.region));
    producer->spill.is_on = false;
}

static bool refresh_stage(struct rp_shared *shared,
                          struct rp_ring_producer *producer, unsigned slots) {
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

bool rp_spill_refresh(struct rp_shm *shm, struct rp_ring_producer *producer,
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
        return rp_ring_producer_refresh(producer, slots);
    }
    if (to != UINT64_MAX)
        return rp_ring_producer_refresh(producer, slots);
    if (tail < from || producer->head - tail > rp_ring_room(ring) / 2)
        return refresh_stage(shared, producer, slots);
    // relaxed: published by [ring], with the first head beyond
    store_relaxed(&ring->spill.to, producer->head);
    producer->slots = ring->slots;
    // relaxed: mine
    producer->mask = load_relaxed(&ring->capacity) - 1;
    return rp_ring_producer_refresh(producer, slots);
}
