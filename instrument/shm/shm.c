// shm.c - see shm.h.
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

static bool map(struct rp_shm *shm, int file) {
    for (unsigned i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        shm->room = rooms[i];
        shm->base = rp_system_map_file(file, rooms[i], RP_MAP_SHARED);
        if (shm->base != NULL)
            return true;
    }
    return false;
}

static void start(struct rp_shm *shm, size_t head_bytes, uint64_t size) {
    struct rp_shm_head *head = rp_shm_head(shm);

    head->version = RP_SHM_VERSION;
    head->head_bytes = (uint32_t)head_bytes;
    // relaxed, both: whoever is told of the file is told after this
    store_relaxed(&head->used, round_up(head_bytes, RP_SHM_PAGE));
    store_relaxed(&head->size, size);
    memcpy(head->magic, RP_SHM_MAGIC, sizeof head->magic);
}

// Where memory cannot be asked for piece by piece, the file has all of its own.
static int reserve(int file, uint64_t from, uint64_t to) {
    return rp_system_can_populate() ? 0
                                    : rp_system_reserve(file, from, to - from);
}

// Maps a new file of `size` bytes, of which `now` have memory.
static int begin(struct rp_shm *shm, int file, size_t head_bytes, uint64_t now,
                 uint64_t size) {
    rp_system_hold(file, false);
    shm->free = rp_system_free_bytes(file);
    if (shm->free < RP_SHM_LEAST)
        return ENOSPC;
    int error = reserve(file, 0, size);
    if (error != 0)
        return error;
    if (!map(shm, file))
        return ENOMEM;
    if (!rp_system_populate(shm->base, (size_t)now)) {
        rp_shm_close(shm);
        return ENOSPC;
    }
    start(shm, head_bytes, size);
    shm->size = size;
    return 0;
}

// How large the file is made, of which `now` bytes are in use.
static uint64_t first_size(uint64_t now, size_t ahead) {
    return now + (ahead > RP_SHM_AHEAD && rp_system_can_populate()
                      ? ahead
                      : RP_SHM_AHEAD);
}

int rp_shm_make(struct rp_shm *shm, const char *path, size_t head_bytes,
                size_t more, size_t ahead) {
    uint64_t now = round_up(head_bytes, RP_SHM_PAGE) + more;
    uint64_t size = first_size(now, ahead);
    int file, error = rp_system_share(path, size, &file);

    *shm = (struct rp_shm){0};
    if (error != 0)
        return error;
    error = begin(shm, file, head_bytes, now, size);
    rp_system_close(file);
    if (error != 0)
        rp_system_unlink(path);
    return error;
}

int rp_shm_make_unnamed(struct rp_shm *shm, size_t head_bytes, size_t more,
                        size_t ahead, int *file) {
    uint64_t now = round_up(head_bytes, RP_SHM_PAGE) + more;
    uint64_t size = first_size(now, ahead);
    int error = rp_system_share_unnamed(size, file);

    *shm = (struct rp_shm){0};
    if (error != 0)
        return error;
    error = begin(shm, *file, head_bytes, now, size);
    if (error != 0)
        rp_system_close(*file);
    return error;
}

static bool make_private(struct rp_shm *shm, size_t head_bytes,
                         enum rp_mapping kind) {
    *shm = (struct rp_shm){
        .room = PRIVATE_ROOM, .free = UINT64_MAX, .size = PRIVATE_ROOM};
    shm->base = rp_system_map(shm->room, kind);
    if (shm->base != NULL)
        start(shm, head_bytes, shm->room);
    return shm->base != NULL;
}

bool rp_shm_make_private(struct rp_shm *shm, size_t head_bytes) {
    return make_private(shm, head_bytes, RP_MAP_SHARED);
}

bool rp_shm_make_inherited(struct rp_shm *shm, size_t head_bytes) {
    return make_private(shm, head_bytes, RP_MAP_KEPT);
}

int rp_shm_open(struct rp_shm *shm, int file, size_t head_bytes) {
    struct rp_shm_head head;

    *shm = (struct rp_shm){0};
    if (rp_system_read_at(file, &head, sizeof head, 0) != sizeof head ||
        memcmp(head.magic, RP_SHM_MAGIC, sizeof head.magic) != 0 ||
        head.version != RP_SHM_VERSION || head.head_bytes != head_bytes)
        return EINVAL;
    if (!map(shm, file))
        return ENOMEM;
    if (rp_shm_measure(shm, file) && shm->size >= head_bytes)
        return 0;
    rp_shm_close(shm);
    return EINVAL;
}

bool rp_shm_measure(struct rp_shm *shm, int file) {
    uint64_t bytes = rp_system_file_bytes(file);

    shm->size = bytes < shm->room ? bytes : shm->room;
    return shm->size >= sizeof(struct rp_shm_head);
}

void rp_shm_close(struct rp_shm *shm) {
    if (shm->base != NULL)
        rp_system_unmap(shm->base, shm->room);
    shm->base = NULL;
}

void rp_shm_wake(struct rp_shm *shm) {
    // relaxed: who rings an old doorbell rings again
    _Atomic uint32_t *doorbell = load_relaxed(&shm->doorbell);

    if (doorbell != NULL)
        rp_doorbell_ring(doorbell);
}

// Waits until the file reaches `end`; false: it does not.
static bool wait_for_size(struct rp_shm *shm, uint64_t end) {
    struct rp_shm_head *head = rp_shm_head(shm);

    for (int i = 0; i < WAITS; i++) {
        // relaxed, all three: a file of this size is there for all
        uint32_t grows = load_relaxed(&head->grows);
        if (load_relaxed(&head->size) >= end)
            return true;
        if (load_relaxed(&head->full) != 0 ||
            load_relaxed(&shm->doorbell) == NULL)
            return false;
        rp_shm_wake(shm);
        rp_system_wait(&head->grows, grows, WAIT_NS);
    }
    return false;
}

uint64_t rp_shm_take(struct rp_shm *shm, size_t bytes, size_t now) {
    struct rp_shm_head *head = rp_shm_head(shm);
    uint64_t whole = round_up(bytes, RP_SHM_PAGE);
    // relaxed: pieces only have to differ
    uint64_t offset = load_relaxed(&head->used);

    do {
        if (whole > shm->room - offset)
            return 0;
    } while (!cas_relaxed(&head->used, &offset, offset + whole)); // as above
    if (wait_for_size(shm, offset + whole) &&
        rp_system_populate(shm->base + offset,
                           (size_t)round_up(now, RP_SHM_PAGE)))
        return offset;
    // A smaller piece may do, if nobody has taken one behind this.
    uint64_t end = offset + whole;
    cas_strong_relaxed(&head->used, &end, offset); // relaxed: as above
    return 0;
}

void rp_shm_grow(struct rp_shm *shm, int file) {
    struct rp_shm_head *head = rp_shm_head(shm);
    // relaxed, all: see wait_for_size
    uint64_t used = load_relaxed(&head->used);
    uint64_t size = shm->size;

    if (file < 0 || used > shm->room || used + RP_SHM_AHEAD / 2 <= size ||
        load_relaxed(&head->full) != 0)
        return;
    size = round_up(used, RP_SHM_PAGE) + RP_SHM_AHEAD;
    if (size > shm->room)
        size = shm->room;
    if (size > shm->size && reserve(file, shm->size, size) == 0 &&
        rp_system_grow(file, size) == 0) {
        shm->size = size;
        store_relaxed(&head->size, size);
    } else {
        store_relaxed(&head->full, 1);
    }
    add_relaxed(&head->grows, 1);
    rp_system_wake(&head->grows);
}
