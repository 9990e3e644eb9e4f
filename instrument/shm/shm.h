// shm.h - the memory that a program shares with whoever drains its rings.
//
//   used          size                    room
//    v             v                       v
//   [##############......................]........    one file, one mapping
//
// One file, mapped at once with much room to grow: the mapping never moves,
// and a piece of it is named by its offset from the start. The program takes
// pieces; the drainer, which has the file open, makes it larger ahead of need,
// since the program itself keeps no descriptor. The memory of a piece is asked
// for before it is used, so that a full file system is an error there and not a
// deadly signal later.
//
// Invariant: pieces do not overlap; they are zeroed, and never given back.
// Progress:  taking is lock-free, but waits for the drainer, and not for ever,
//            when the file is too small.
#ifndef RP_INSTRUMENT_SHM_SHM_H
#define RP_INSTRUMENT_SHM_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RP_SHM_PAGE = 4096,
    RP_SHM_AHEAD = 16 << 20, // bytes of the file that nobody has taken yet
    RP_SHM_LEAST = 8 << 20,  // free bytes, for a file system to be of use
};

// At the start of the file.
struct rp_shm_head {
    char magic[8];
    uint32_t version;
    uint32_t head_bytes; // of this and of what the program keeps behind it
    _Alignas(64) _Atomic uint64_t used;
    _Atomic uint64_t size;  // of the file
    _Atomic uint32_t grows; // counts, for those who wait
    _Atomic uint32_t full;  // it cannot be made larger
};

// A process' view of it.
struct rp_shm {
    char *base;
    size_t room;
    uint64_t free; // bytes of its file system, when it was made
    _Atomic(_Atomic uint32_t *)
        doorbell; // wakes the drainer; NULL: there is none
    // Of who drains; NULL: there is none.
    struct rp_own *own;
    struct rp_spill_view *spill;
    uint64_t size; // bytes that can be touched
};

#define RP_SHM_MAGIC "RPRINGS"
// Of all that lies in it: raised with any change of that.
enum { RP_SHM_VERSION = 12 };

static inline struct rp_shm_head *rp_shm_head(const struct rp_shm *shm) {
    return (struct rp_shm_head *)(void *)shm->base;
}

static inline void *rp_shm_at(const struct rp_shm *shm, uint64_t offset) {
    return shm->base + offset;
}

// Whether so many bytes from there on, a multiple of `align`, can be touched.
static inline bool rp_shm_has(const struct rp_shm *shm, uint64_t offset,
                              uint64_t bytes, uint64_t align) {
    return offset >= RP_SHM_PAGE && offset % align == 0 && bytes <= shm->size &&
           offset <= shm->size - bytes;
}

// Makes the file, which must not be there, holds it with others as long as it
// is mapped, and maps it. head_bytes: how many
// bytes are in use from the start; `more` must be there, too, and
// addresses in the file for `ahead`. Returns 0, or an
// errno value, and then there is no file.
int rp_shm_make(struct rp_shm *shm, const char *path, size_t head_bytes,
                size_t more, size_t ahead);

// The same, of a file without a name, which stays open for the caller to hand
// over and to close.
int rp_shm_make_unnamed(struct rp_shm *shm, size_t head_bytes, size_t more,
                        size_t ahead, int *file);

// The same without a file: no other process can map it.
bool rp_shm_make_private(struct rp_shm *shm, size_t head_bytes);
// The same, which a forked child has, too, as a copy of its own.
bool rp_shm_make_inherited(struct rp_shm *shm, size_t head_bytes);

// Maps the file that another process has made. head_bytes: what is expected.
// Returns 0 or an errno value; EINVAL: it is no such file.
int rp_shm_open(struct rp_shm *shm, int file, size_t head_bytes);

void rp_shm_close(struct rp_shm *shm);

// A piece of at least `bytes`, whole pages; the first `now` of them have
// memory, the others are to be given some (rp_system_populate) before they are
// used. Returns its offset, 0: no memory.
uint64_t rp_shm_take(struct rp_shm *shm, size_t bytes, size_t now);

// Wakes the drainer.
void rp_shm_wake(struct rp_shm *shm);

// By the drainer: makes the file larger when little is left.
void rp_shm_grow(struct rp_shm *shm, int file);
// Looks how large it is. false: it has no room for its own head.
bool rp_shm_measure(struct rp_shm *shm, int file);

#endif
