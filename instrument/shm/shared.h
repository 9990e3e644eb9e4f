// shared.h - what a process shares with its drainer, at the start of the
// memory.
//
// All that the drainer needs to make a trace of the rings, wherever it runs,
// and for another drainer to go on when that one dies: the rings, what their
// events refer to, what is to be told of the program, and how far the trace is.
#ifndef RP_INSTRUMENT_SHM_SHARED_H
#define RP_INSTRUMENT_SHM_SHARED_H

#include "core/hook.h"
#include "instrument/format/trace_format.h"
#include "instrument/options/options.h"
#include "instrument/shm/command.h"
#include "instrument/shm/module.h"
#include "instrument/shm/notes.h"
#include "instrument/shm/pool.h"
#include "instrument/shm/ring.h"

// Where the drainer is.
enum rp_drainer_home {
    RP_DRAINER_THREAD,  // a thread of this process
    RP_DRAINER_PROCESS, // a process of its own
};

enum rp_spill_state {
    RP_SPILL_NONE,   // nobody wishes for one
    RP_SPILL_WISHED, // the drainer is to make it
    RP_SPILL_READY,
    RP_SPILL_OVER, // it cannot be made, or grow; what is in it stays there
};

// See spill.h.
struct rp_spill_shared {
    uint64_t budget;        // bytes, of all rings; 0: none is to be made
    _Atomic uint32_t state; // enum rp_spill_state
    _Atomic uint32_t taken; // a bit for each region
    _Atomic uint64_t left;  // of the budget
    _Atomic uint64_t used;  // bytes, summed
    // Before the state is ready, constant afterwards; for producers.
    uint64_t region;                // bytes of the slots of each
    char path[RP_PATH_BYTES + 128]; // of the file
};

struct rp_shared {
    struct rp_shm_head shm;

    // Set before the drainer knows of it, constant afterwards.
    struct trace_file_header header; // that the trace begins with
    uint32_t process;
    uint32_t stack_frames;
    uint64_t base_ticks; // the start of the recording
    uint64_t base_ns;
    struct rp_layout_info layout;
    struct rp_class_info classes[256];
    uint64_t meta; // the payload of META: its offset and bytes
    uint64_t meta_bytes;
    uint64_t stacks; // of all threads; see stack/tree.h: its offset
    // How the trace is to be called; see naming.h.
    char wanted[RP_PATH_BYTES];
    char program[256]; // its name, without folders
    char mounts[32];   // whose view of the files that is; empty: not known
    uint32_t exact, force;
    uint32_t gathers; // all other traces of the recording are in one folder
    uint32_t drops;   // events are lost as it was asked for
    uint64_t limit;   // of the trace, in bytes; 0: none
    // Not 0: only so much is written, at the end; until then it is paused.
    uint64_t last_ns, last_bytes;
    uint64_t residency_ns; // between two samples; 0: none
    uint32_t coarse;       // events are stamped by `clock`

    // The program's.
    _Alignas(64) _Atomic uint64_t rings; // the newest: its offset
    _Atomic uint32_t ring_count;         // how many numbers are given out
    _Atomic uint64_t lost;               // events without a thread
    _Atomic uint64_t tag_pops_refused;   // of tags that were not pushed
    _Atomic uint32_t stop;               // it asks for the end
    struct rp_pool_shared names;         // texts, and modules
    struct rp_module_list modules;

    // The coarse clock's word, on a line of its own: most events read it.
    _Alignas(64) _Atomic uint64_t clock;

    // Between the program and the drainer.
    _Alignas(64) _Atomic uint32_t awake; // 0: the drainer sleeps
    _Atomic uint32_t beat;               // grows while it works
    _Atomic uint32_t ended;              // nothing is recorded any more
    _Atomic uint32_t drainer_home;       // enum rp_drainer_home
    _Atomic uint32_t drainer;            // its process id, if it has its own
    _Atomic uint64_t events;             // written so far
    _Atomic uint32_t paused;   // nothing is written yet; the drainer ends it
    struct rp_command command; // to the drainer
    struct rp_spill_shared spill;

    // What the drainer tells of itself (it goes by own.h), to whoever asks and
    // to the one who goes on when it has died.
    _Alignas(64) _Atomic uint32_t snapshots;
    uint32_t shift;                 // ticks to steps; 0: it is not known yet
    uint64_t start, told_lost;      // as `start` and `lost` in notes.h
    char trace[RP_PATH_BYTES + 64]; // empty until it is there
    char rings_path[RP_PATH_BYTES + 64]; // of this file; empty: it has none
};

// Whether the recording has yet to be started, or is paused again.
static inline bool rp_shared_is_paused(const struct rp_shared *shared) {
    // relaxed: by the drainer alone, or after its death
    return load_relaxed(&shared->paused) != 0;
}

// Whether only the last moments are kept.
static inline bool rp_shared_keeps_last(const struct rp_shared *shared) {
    return shared->last_ns != 0 || shared->last_bytes != 0;
}

static inline struct rp_shared *rp_shared_of(const struct rp_shm *shm) {
    return (struct rp_shared *)(void *)shm->base;
}

#endif
