// shm.h - the memory that a program shares with whoever drains its rings.
//
//   used          size                    room
//    v             v                       v
//   [##############......................]........    one file, one mapping
//
// One file, mapped at once with much room to grow: the mapping never moves,
// and a place in it is named by its distance from the start. The program takes
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
    RP_ARENA_PAGE = 4096,
    RP_ARENA_AHEAD = 16 << 20, // bytes of the file that nobody has taken yet
    RP_ARENA_LEAST = 8 << 20,  // free bytes, for a file system to be of use
};

// At the start of the file.
struct rp_arena_head {
    char magic[8];
    uint32_t version;
    uint32_t head_bytes; // of this and of what the program keeps behind it
    _Alignas(64) _Atomic uint64_t used;
    _Atomic uint64_t size;  // of the file
    _Atomic uint32_t grows; // counts, for those who wait
    _Atomic uint32_t full;  // it cannot be made larger
};

// A process' view of it.
struct rp_arena {
    char *base;
    size_t room;
    uint64_t free; // bytes of its file system, when it was made
    _Atomic(_Atomic uint32_t *) bell; // wakes the drainer; NULL: there is none
    struct rp_spill_view *spill;      // of who drains; NULL: there is none
};

#define RP_ARENA_MAGIC "RPRINGS"
// Of all that lies in it: raised with any change of that.
enum { RP_ARENA_VERSION = 3 };

static inline struct rp_arena_head *rp_arena_head(
    const struct rp_arena *arena) {
    return (struct rp_arena_head *)(void *)arena->base;
}

static inline void *rp_arena_at(const struct rp_arena *arena, uint64_t place) {
    return arena->base + place;
}

// Makes the file, which must not be there, holds it with others as long as it
// is mapped, and maps it. head_bytes: how many
// bytes are in use from the start; `more` must be there, too, and
// addresses in the file for `ahead`. Returns 0, or an
// errno value, and then there is no file.
int rp_arena_make(struct rp_arena *arena, const char *path, size_t head_bytes,
                  size_t more, size_t ahead);

// The same without a file: no other process can map it.
bool rp_arena_make_private(struct rp_arena *arena, size_t head_bytes);

// Maps the file that another process has made. head_bytes: what is expected.
// Returns 0 or an errno value; EINVAL: it is no such file.
int rp_arena_open(struct rp_arena *arena, int file, size_t head_bytes);

void rp_arena_close(struct rp_arena *arena);

// A piece of at least `bytes`, whole pages; the first `now` of them have
// memory, the others are to be given some (rp_system_populate) before they are
// used. Returns its place, 0: no memory.
uint64_t rp_arena_take(struct rp_arena *arena, size_t bytes, size_t now);

// Wakes the drainer.
void rp_arena_wake(struct rp_arena *arena);

// By the drainer: makes the file larger when little is left.
void rp_arena_grow(struct rp_arena *arena, int file);

#endif
