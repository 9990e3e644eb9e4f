// shm.c - see arena.h.
#include "instrument/shm/shm.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/os/doorbell.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum {
    WAIT_NS = 10000000,
    WAITS = 1000, // for the drainer to make the file larger
    PRIVATE_ROOM = 1 << 30,
};

// Addresses, not memory. A program may have been given few.
static const size_t rooms[] = {(size_t)1 << 36, (size_t)1 << 32,
                               (size_t)1 << 28, (size_t)1 << 26};

static bool map(struct rp_arena *arena, int file) {
    for (unsigned i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        arena->room = rooms[i];
        arena->base = rp_system_map_file(file, rooms[i], RP_MAP_SHARED);
        if (arena->base != NULL)
            return true;
    }
    return false;
}

static void start(struct rp_arena *arena, size_t head_bytes, uint64_t size) {
    struct rp_arena_head *head = rp_arena_head(arena);

    head->version = RP_ARENA_VERSION;
    head->head_bytes = (uint32_t)head_bytes;
    // relaxed, both: whoever is told of the file is told after this
    store_relaxed(&head->used, round_up(head_bytes, RP_ARENA_PAGE));
    store_relaxed(&head->size, size);
    memcpy(head->magic, RP_ARENA_MAGIC, sizeof head->magic);
}

int rp_arena_make(struct rp_arena *arena, const char *path, size_t head_bytes,
                  size_t more, size_t ahead) {
    uint64_t now = round_up(head_bytes, RP_ARENA_PAGE) + more;
    uint64_t size = now + (ahead > RP_ARENA_AHEAD ? ahead : RP_ARENA_AHEAD);
    int file, error = rp_system_share(path, size, &file);

    *arena = (struct rp_arena){0};
    if (error != 0)
        return error;
    rp_system_hold(file, false);
    arena->free = rp_system_free_bytes(file);
    if (arena->free < RP_ARENA_LEAST) {
        error = ENOSPC;
    } else if (!map(arena, file)) {
        error = ENOMEM;
    } else if (!rp_system_populate(arena->base, (size_t)now)) {
        error = ENOSPC;
        rp_arena_close(arena);
    } else {
        start(arena, head_bytes, size);
    }
    rp_system_close(file);
    if (error != 0)
        rp_system_unlink(path);
    return error;
}

bool rp_arena_make_private(struct rp_arena *arena, size_t head_bytes) {
    *arena = (struct rp_arena){.room = PRIVATE_ROOM, .free = UINT64_MAX};
    arena->base = rp_system_map(arena->room, RP_MAP_SHARED);
    if (arena->base != NULL)
        start(arena, head_bytes, arena->room);
    return arena->base != NULL;
}

int rp_arena_open(struct rp_arena *arena, int file, size_t head_bytes) {
    struct rp_arena_head head;

    *arena = (struct rp_arena){0};
    if (rp_system_read_at(file, &head, sizeof head, 0) != sizeof head ||
        memcmp(head.magic, RP_ARENA_MAGIC, sizeof head.magic) != 0 ||
        head.version != RP_ARENA_VERSION || head.head_bytes != head_bytes)
        return EINVAL;
    return map(arena, file) ? 0 : ENOMEM;
}

void rp_arena_close(struct rp_arena *arena) {
    if (arena->base != NULL)
        rp_system_unmap(arena->base, arena->room);
    arena->base = NULL;
}

void rp_arena_wake(struct rp_arena *arena) {
    // relaxed: who rings an old bell rings again
    _Atomic uint32_t *bell = load_relaxed(&arena->bell);

    if (bell != NULL)
        rp_bell_ring(bell);
}

// Waits until the file reaches `end`; false: it does not.
static bool wait_for_size(struct rp_arena *arena, uint64_t end) {
    struct rp_arena_head *head = rp_arena_head(arena);

    for (int i = 0; i < WAITS; i++) {
        // relaxed, all three: a file of this size is there for all
        uint32_t grows = load_relaxed(&head->grows);
        if (load_relaxed(&head->size) >= end)
            return true;
        if (load_relaxed(&head->full) != 0 ||
            load_relaxed(&arena->bell) == NULL)
            return false;
        rp_arena_wake(arena);
        rp_system_wait(&head->grows, grows, WAIT_NS);
    }
    return false;
}

uint64_t rp_arena_take(struct rp_arena *arena, size_t bytes, size_t now) {
    struct rp_arena_head *head = rp_arena_head(arena);
    uint64_t whole = round_up(bytes, RP_ARENA_PAGE);
    // relaxed: pieces only have to differ
    uint64_t place = load_relaxed(&head->used);

    do {
        if (whole > arena->room - place)
            return 0;
    } while (!cas_relaxed(&head->used, &place, place + whole)); // as above
    if (wait_for_size(arena, place + whole) &&
        rp_system_populate(arena->base + place,
                           (size_t)round_up(now, RP_ARENA_PAGE)))
        return place;
    // A smaller piece may do, if nobody has taken one behind this.
    uint64_t end = place + whole;
    cas_strong_relaxed(&head->used, &end, place); // relaxed: as above
    return 0;
}

void rp_arena_grow(struct rp_arena *arena, int file) {
    struct rp_arena_head *head = rp_arena_head(arena);
    // relaxed, all: see wait_for_size
    uint64_t used = load_relaxed(&head->used);
    uint64_t size = load_relaxed(&head->size);

    if (file < 0 || used + RP_ARENA_AHEAD / 2 <= size ||
        load_relaxed(&head->full) != 0)
        return;
    size = round_up(used, RP_ARENA_PAGE) + RP_ARENA_AHEAD;
    if (size > arena->room)
        size = arena->room;
    if (rp_system_grow(file, size) == 0)
        store_relaxed(&head->size, size);
    else
        store_relaxed(&head->full, 1);
    add_relaxed(&head->grows, 1);
    rp_system_wake(&head->grows);
}
