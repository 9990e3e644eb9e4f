// own.h - what the one who drains believes.
//
// The program may write anything into the memory that it shares. So which
// trace it is, which files belong to it, how far it is, and what stands in the
// tables of its classes, whoever drains keeps in memory of its own, looked at
// once when it begins.
#ifndef RP_INSTRUMENT_SHM_OWN_H
#define RP_INSTRUMENT_SHM_OWN_H

#include "instrument/shm/shared.h"
#include "instrument/shm/source.h"

struct rp_own {
    // Paths; empty: there is no such file, or others see to it.
    char trace[RP_PATH_BYTES + 64];
    char rings[RP_PATH_BYTES + 64];
    char spill[RP_PATH_BYTES + 128];
    struct trace_file_header header;
    uint32_t process;
    uint64_t base_ticks, base_ns;
    uint32_t shift; // ticks to steps; 0: it is not known yet
    uint64_t limit, residency_ns;
    struct rp_layout_info layout;
    struct rp_class_info classes[256];
    struct rp_trace_notes notes;
    struct rp_sources sources;
    uint32_t refused; // numbers in events that are none
};

// The newest ring, and from any one the next older; NULL: there is none. Who
// goes from one to the next meets no ring that came after the first.
static inline struct rp_source *rp_own_rings(const struct rp_shm *shm) {
    // acquire [ring list]: all that is set when they are made
    return rp_sources_look(&shm->own->sources, shm,
                           load_acquire(&rp_shared_of(shm)->rings));
}

// Now, by the clock of the recording: rp_sources_now.
static inline uint64_t rp_own_now(const struct rp_shm *shm) {
    return rp_sources_now(&shm->own->sources);
}

// rp_command_is_moment of a moment that anybody may have written: it is one of
// this recording, up to now.
bool rp_own_is_moment(const struct rp_shm *shm, uint64_t *ticks);

// Makes it, as shm->own. false: what is there is not what a program makes, or
// there is no memory.
bool rp_own_make(struct rp_shm *shm);
void rp_own_free(struct rp_shm *shm);

// Whether the texts of what a process shares have an end, and so on: of a copy,
// before anything else is made of it.
bool rp_own_is_sound(const struct rp_shared *shared);

#endif
