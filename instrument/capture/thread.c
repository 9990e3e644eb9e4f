// thread.c - see thread.h.
//
// A state is taken by changing its owner from a thread that is dead, or that
// had the id which the system has now given to me. Its rings go along, with
// what is still in them: the count in the upper half tells two owners apart
// that have the same id.
#include "instrument/capture/thread.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/options/options.h"
#include "instrument/os/system.h"
#include "instrument/stack/walk.h"

enum {
    RINGS_EXPECTED = 256, // to fit where there is little room
    RINGS_BUSY = 4,       // that may each keep all that is to be kept
    RINGS_FEW = 16,       // that begin with much memory and may have more
    LAST_SHARE = 8,       // of what is free, for each of these
};

// How large it becomes in any case, of `room` slots; more, when the drainer
// does not keep up. All, where much is to be kept in it, or what finds no room
// is lost.
static uint32_t ring_aim(const struct rp_recorder *recorder, uint32_t room) {
    const struct rp_options *options = recorder->options;
    uint32_t drained = RP_RING_BYTES_DRAINED / (uint32_t)sizeof(struct rp_slot);
    bool waits = options->last_ns != 0 || options->last_bytes != 0 ||
                 options->paused || options->drops;

    return waits || room < drained ? room : drained;
}

// With many threads, each gets a smaller ring, so that all together stay small.
// So, too, where the file system that they are in is small.
static uint32_t ring_bytes(const struct rp_recorder *recorder, bool first,
                           uint32_t rings) {
    const struct rp_options *options = recorder->options;
    bool keeps = options->last_ns != 0 || options->last_bytes != 0;
    uint32_t bytes = options->ring_bytes;
    uint64_t share = recorder->shm.free / RINGS_EXPECTED;

    if (first && options->ring_bytes_asked)
        return bytes;
    if (first && keeps && rings <= RINGS_BUSY) {
        share = recorder->shm.free / LAST_SHARE;
    } else {
        if (rings > RINGS_FEW)
            bytes /= 4;
        if ((!first || rings > 128) && bytes > RP_RING_BYTES_SMALL)
            bytes = RP_RING_BYTES_SMALL;
    }
    while (bytes > share && bytes > RP_RING_BYTES_LEAST)
        bytes /= 2;
    return bytes;
}

// What it begins with: less, where there are many.
static uint32_t ring_capacity(uint32_t room, uint32_t number) {
    uint32_t bytes =
        number > RINGS_FEW ? RP_RING_BYTES_CROWD : RP_RING_BYTES_FIRST;
    uint32_t first = bytes / (uint32_t)sizeof(struct rp_slot);

    return room < first ? room : first;
}

static uint64_t ring_take(struct rp_shm *shm, uint32_t room, uint32_t number) {
    return rp_shm_take(shm, rp_ring_bytes(room),
                       rp_ring_bytes(ring_capacity(room, number)));
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
    if (!rp_producer_has_ring(producer)) {
        // relaxed: numbers only have to differ; 0 is the drainer's
        uint32_t number = add_relaxed(&recorder->shared->ring_count, 1) + 1;
        uint32_t slot = sizeof(struct rp_slot);
        uint32_t room = ring_bytes(recorder, first, number) / slot;
        uint64_t offset = ring_take(&recorder->shm, room, number);
        while (offset == 0 && room > RP_RING_BYTES_LEAST / slot) {
            room /= 4; // a small ring is slow, and better than none
            offset = ring_take(&recorder->shm, room, number);
        }
        if (offset == 0)
            return false;
        struct rp_ring *ring =
            rp_ring_make(rp_shm_at(&recorder->shm, offset),
                         ring_capacity(room, number), room, number);
        rp_ring_aim(ring, ring_aim(recorder, room));
        rp_ring_producer_start(&producer->side, ring);
        ring_publish(recorder, ring, offset);
    }
    store_relaxed(&producer->gate, RP_GATE_SHUT); // relaxed: our own word
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

// ---- states ----

// Several states in one mapping: to make one costs as much as all else that a
// new thread needs. They stand one behind the other, since a page that is
// touched first is what a new thread costs most. What is not used has no
// memory.
struct rp_thread_chunk {
    _Alignas(64) _Atomic uint32_t used;
    bool is_further; // there was one before: there are many threads
};

// TOGETHER: where there are many threads, so many states get their memory at
// once, which costs much less than when each page is touched.
enum { CHUNK_STATES = 64, TOGETHER = 8, LINE = 64 };

// The bytes of each: its own, and the walk's.
static size_t state_bytes(const struct rp_recorder *recorder) {
    size_t bytes = round_up(sizeof(struct rp_thread), LINE);

    if (recorder->options->stacks.frames != 0)
        bytes += round_up(sizeof(struct rp_walk), LINE);
    return bytes;
}

static struct rp_thread *state_at(const struct rp_recorder *recorder,
                                  struct rp_thread_chunk *chunk,
                                  uint32_t index) {
    char *memory = (char *)(chunk + 1) + index * state_bytes(recorder);
    struct rp_thread *thread = (struct rp_thread *)(void *)memory;

    if (recorder->options->stacks.frames != 0)
        thread->room =
            (struct rp_walk *)(void *)(memory + round_up(sizeof *thread, LINE));
    return thread;
}

// Without it the pages come when they are touched.
static void give_memory(const struct rp_recorder *recorder,
                        struct rp_thread_chunk *chunk, uint32_t index) {
    enum { PAGE = 4096 };
    uintptr_t from = (uintptr_t)state_at(recorder, chunk, index);
    uintptr_t end = from + TOGETHER * state_bytes(recorder);

    from = (from + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    end = (end + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    rp_system_populate((void *)from, end - from);
}

// One that nobody has had; NULL: no memory.
static struct rp_thread *state_take(struct rp_recorder *recorder) {
    size_t bytes =
        sizeof(struct rp_thread_chunk) + CHUNK_STATES * state_bytes(recorder);

    for (;;) {
        // acquire [chunk]: that it is empty
        struct rp_thread_chunk *chunk = load_acquire(&recorder->chunk);
        // relaxed: numbers only have to differ
        uint32_t index =
            chunk != NULL ? add_relaxed(&chunk->used, 1) : CHUNK_STATES;
        if (index < CHUNK_STATES) {
            if (chunk->is_further && index % TOGETHER == 0)
                give_memory(recorder, chunk, index);
            return state_at(recorder, chunk, index);
        }
        struct rp_thread_chunk *more = rp_system_map(bytes, RP_MAP_WIPED);
        if (more == NULL)
            return NULL;
        more->is_further = chunk != NULL;
        // acq_rel [chunk]: it is empty
        if (!cas_strong_acq_rel(&recorder->chunk, &chunk, more))
            rp_system_unmap(more, bytes);
    }
}

static struct rp_thread *thread_make(struct rp_recorder *recorder,
                                     uint32_t id) {
    struct rp_thread *thread = state_take(recorder);
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

// Whether its thread is dead, or was the one that had the caller's id.
static bool is_left(const struct rp_recorder *recorder, uint64_t owner,
                    uint32_t id) {
    uint32_t has = (uint32_t)owner;

    return has != recorder->process &&
           (has == id || !rp_system_thread_lives(recorder->process, has));
}

// Whether some may be left: when threads have said that they end, and now and
// then, since not all say it. Who was found without having said so is not the
// only one.
static bool may_be_left(struct rp_recorder *recorder) {
    enum { SOMETIMES = 8 };

    // relaxed, both: counts that need not be exact
    return load_relaxed(&recorder->left) > 0 ||
           add_relaxed(&recorder->claims, 1) % SOMETIMES == 0;
}

static void count_found(struct rp_recorder *recorder) {
    enum { OTHERS = 16 };
    uint32_t left = load_relaxed(&recorder->left); // relaxed: as above

    add_relaxed(&recorder->left, left > 0 ? UINT32_MAX : OTHERS); // relaxed
}

// Finds a state that nobody has any more. The system is asked of a few only,
// from where the last look ended: so a new thread costs the same however many
// there are, and of the states at most one in so many is left over.
static struct rp_thread *thread_find(struct rp_recorder *recorder,
                                     uint32_t id) {
    enum { LOOKS = 2 };
    // acquire [look], [thread]: all of its fields
    struct rp_thread *thread = load_acquire(&recorder->look);
    struct rp_thread *newest = load_acquire(&recorder->threads);
    struct rp_thread *found = NULL;

    for (int i = 0; i < LOOKS && found == NULL && newest != NULL; i++) {
        if (thread == NULL)
            thread = newest;
        // relaxed: only a first guess, thread_take looks properly
        uint64_t owner = load_relaxed(&thread->owner);
        if (is_left(recorder, owner, id) && thread_take(thread, owner, id))
            found = thread;
        thread = load_relaxed(&thread->next); // relaxed: part of [thread]
    }
    store_release(&recorder->look, thread); // release [look]: its fields
    if (found != NULL)
        count_found(recorder);
    return found;
}

struct rp_thread *rp_thread_claim(struct rp_recorder *recorder) {
    struct rp_thread *found = NULL;

    // After vfork another process runs in this one's memory, and on this
    // thread's local data, which stay when it has gone: what it claims is
    // this process's for good.
    uint32_t id = recorder->process;
    if (rp_system_process() == recorder->process) {
        id = rp_system_thread();
        if (may_be_left(recorder))
            found = thread_find(recorder, id);
    }
    if (found == NULL)
        found = thread_make(recorder, id);
    if (found == NULL)
        return NULL;
    // The last owner may have been cut off in the middle of an event.
    for (unsigned i = 0; i < RP_PRODUCERS; i++) {
        if (rp_producer_has_ring(&found->producers[i]))
            // relaxed: our own word
            store_relaxed(&found->producers[i].gate, RP_GATE_OPEN);
    }
    if (found->walk != NULL)
        rp_walk_pass_on(found->walk);
    found->recorder = recorder;
    found->producers[0].has_stacks = recorder->options->stacks.frames != 0;
    for (unsigned i = 0; i < RP_PRODUCERS; i++)
        found->producers[i].is_slow =
            rp_is_checked() || found->producers[i].has_stacks;
    found->ended = false;
    found->free_every =
        found->producers[0].has_stacks ? recorder->options->free_every : 0;
    found->until_free = found->free_every;
    if (!rp_thread_open_ring(recorder, &found->producers[0], true))
        return NULL;
    // relaxed: only for its name
    store_relaxed(&found->producers[0].side.ring->thread, rp_thread_id(found));
    return found;
}
