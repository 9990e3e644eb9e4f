// thread.c - see thread.h.
//
// A state is taken by changing its owner from a thread that is dead, or that
// had the id which the system has now given to me. Its rings go along, with
// what is still in them: the count in the upper half tells two owners apart
// that have the same id.
#include "instrument/capture/thread.h"

#include "core/base/atomic.h"
#include "instrument/options/options.h"
#include "instrument/os/system.h"
#include "instrument/stack/walk.h"

enum {
    RINGS_EXPECTED = 256, // to fit where there is little room
    RINGS_BUSY = 4,       // that may each keep all that is to be kept
};

// With many threads, each gets a smaller ring, so that all together stay small.
// So, too, where the file system that they are in is small.
static uint32_t ring_bytes(const struct rp_recorder *recorder, bool first,
                           uint32_t rings) {
    const struct rp_options *options = recorder->options;
    uint32_t bytes = options->ring_bytes;

    if (first && (options->ring_bytes_asked ||
                  (options->last_bytes != 0 && rings <= RINGS_BUSY)))
        return bytes;
    if (rings > 16)
        bytes /= 4;
    if ((!first || rings > 128) && bytes > RP_RING_BYTES_SMALL)
        bytes = RP_RING_BYTES_SMALL;
    while (bytes > recorder->shm.free / RINGS_EXPECTED &&
           bytes > RP_RING_BYTES_LEAST)
        bytes /= 2;
    return bytes;
}

// What it begins with.
static uint32_t ring_capacity(uint32_t room) {
    uint32_t first = RP_RING_BYTES_FIRST / sizeof(struct rp_slot);

    return room < first ? room : first;
}

static uint64_t ring_take(struct rp_shm *shm, uint32_t room) {
    return rp_shm_take(shm, rp_ring_bytes(room),
                       rp_ring_bytes(ring_capacity(room)));
}

// Puts a new ring into the list that the drainer goes through.
static void ring_publish(struct rp_recorder *recorder, struct rp_ring *ring,
                         uint64_t offset) {
    _Atomic uint64_t *first = &recorder->shared->rings;

    ring->next = load_relaxed(first);                // relaxed: a first guess
    while (!cas_release(first, &ring->next, offset)) // release [ring list]
        continue;
}

bool rp_thread_open_ring(struct rp_recorder *recorder,
                         struct rp_producer *producer, bool first) {
    if (producer->side.ring == NULL) {
        // relaxed: numbers only have to differ; 0 is the drainer's
        uint32_t number = add_relaxed(&recorder->shared->ring_count, 1) + 1;
        uint32_t slot = sizeof(struct rp_slot);
        uint32_t room = ring_bytes(recorder, first, number) / slot;
        uint64_t offset = ring_take(&recorder->shm, room);
        while (offset == 0 && room > RP_RING_BYTES_LEAST / slot) {
            room /= 4; // a small ring is slow, and better than none
            offset = ring_take(&recorder->shm, room);
        }
        if (offset == 0)
            return false;
        struct rp_ring *ring = rp_ring_make(rp_shm_at(&recorder->shm, offset),
                                            ring_capacity(room), room, number);
        rp_ring_producer_start(&producer->side, ring);
        ring_publish(recorder, ring, offset);
    }
    store_relaxed(&producer->gate, RP_GATE_BUSY); // relaxed: our own word
    return true;
}

static bool thread_take(struct rp_thread *thread, uint64_t owner, uint32_t id) {
    uint64_t mine = ((owner >> 32) + 1) << 32 | id;

    // The last owner is dead, as the system knows; here only by whom.
    // relaxed: each producer tells how it was left
    if (!cas_strong_relaxed(&thread->owner, &owner, mine))
        return false;
    for (unsigned i = 0; i < RP_PRODUCERS; i++)
        load_acquire(&thread->producers[i].gate); // acquire [left]: it
    return true;
}

static struct rp_thread *thread_make(struct rp_recorder *recorder,
                                     uint32_t id) {
    struct rp_thread *thread = rp_system_map(sizeof *thread, RP_MAP_WIPED);
    if (thread == NULL)
        return NULL;

    // relaxed: published with the list
    store_relaxed(&thread->owner, UINT64_C(1) << 32 | id);
    for (unsigned i = 0; i < RP_PRODUCERS; i++)
        thread->producers[i].thread = thread;
    // relaxed: only a first guess
    struct rp_thread *head = load_relaxed(&recorder->threads);
    do
        store_relaxed(&thread->next, head); // relaxed: published with it
    while (!cas_release(&recorder->threads, &head, thread)); // release [thread]
    return thread;
}

// Finds a state that nobody has any more.
static struct rp_thread *thread_find(struct rp_recorder *recorder,
                                     uint32_t id) {
    struct rp_thread *thread;

    // acquire [thread]: all of its fields
    for (thread = load_acquire(&recorder->threads); thread != NULL;
         thread = load_relaxed(&thread->next)) { // relaxed: part of [thread]
        // relaxed: only a first guess, thread_take looks properly
        uint64_t owner = load_relaxed(&thread->owner);
        uint32_t has = (uint32_t)owner;
        if (has != recorder->process &&
            (has == id || !rp_system_thread_lives(has)) &&
            thread_take(thread, owner, id))
            return thread;
    }
    return NULL;
}

struct rp_thread *rp_thread_claim(struct rp_recorder *recorder) {
    struct rp_thread *found = NULL;

    // After vfork another process runs in this one's memory, and on this
    // thread's local data, which stay when it has gone: what it claims is
    // this process's for good.
    if (rp_system_process() == recorder->process)
        found = thread_find(recorder, rp_system_thread());
    else
        found = thread_make(recorder, recorder->process);
    if (found == NULL)
        found = thread_make(recorder, rp_system_thread());
    if (found == NULL)
        return NULL;
    // The last owner may have been cut off in the middle of an event.
    for (unsigned i = 0; i < RP_PRODUCERS; i++) {
        if (found->producers[i].side.ring != NULL)
            // relaxed: our own word
            store_relaxed(&found->producers[i].gate, RP_GATE_OPEN);
    }
    if (found->walk != NULL)
        rp_bounds_forget(&found->walk->bounds); // it has another stack
    found->recorder = recorder;
    found->has_stacks = recorder->options->stacks.frames != 0;
    found->ended = false;
    if (!rp_thread_open_ring(recorder, &found->producers[0], true))
        return NULL;
    // relaxed: only for its name
    store_relaxed(&found->producers[0].side.ring->thread, rp_thread_id(found));
    return found;
}
