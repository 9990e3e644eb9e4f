// recorder.h - the state of the recording of this process.
//
// It lies in memory that a fork wipes: the child finds state 0, its threads
// find gate 0, and so it starts a recording of its own with its first event,
// and not inside the fork. All else that belongs to a recording hangs on it
// and is not inherited at all.
#ifndef RP_INSTRUMENT_CAPTURE_RECORDER_H
#define RP_INSTRUMENT_CAPTURE_RECORDER_H

#include "instrument/os/spawn.h"
#include "instrument/shm/intern.h"
#include "instrument/shm/shared.h"

enum rp_recorder_state {
    RP_RECORDER_FRESH, // no event yet
    RP_RECORDER_STARTING,
    RP_RECORDER_ON,
    RP_RECORDER_OFF, // for good
};

struct rp_recorder {
    _Atomic uint32_t state;              // enum rp_recorder_state
    _Atomic uint32_t starter;            // the thread that is starting it
    _Atomic(struct rp_thread *) threads; // newest first
    _Atomic(struct rp_thread *) look;    // where dead ones are looked for next
    _Atomic(struct rp_thread_chunk *) chunk; // that new ones are cut from
    _Atomic uint32_t left;   // threads that have ended and whose state nobody
                             // has taken over, about
    _Atomic uint32_t claims; // of states while none was known to be left
    _Atomic uint64_t refused_ns; // when there was no ring; 0: not yet

    // Set before any thread has the recorder, constant afterwards.
    const struct rp_options *options;
    // Set while starting, constant afterwards.
    struct rp_shm shm;
    struct rp_shared *shared; // at its start
    struct rp_capture *capture;
    struct rp_intern *texts;
    struct rp_modules *modules;
    uint32_t process;
    bool can_be_deaf; // this process alone, without its forked children
    uint64_t token;   // of rings that were handed over; 0: they have a path

    // The drainer, when it is inside.
    struct rp_drainer *drainer;
    struct rp_spawned spawned;
    _Atomic uint32_t taking_over; // 1: a thread is making one

    // A drainer that stands still is waited for once, not for each event: its
    // beat, plus 1, when a thread had waited in vain; and when somebody has
    // last looked whether it lives.
    _Atomic uint64_t given_up_beat;
    _Atomic uint64_t given_up_ns;
};

// The recorder of this process, made if need be; NULL: no memory.
struct rp_recorder *rp_recorder_get(void);

// While starting: makes ready for the next.
void rp_recorder_prepare_end(struct rp_recorder *recorder);
// The recording has ended: core's fast paths do not call any more, unless in a
// forked child, which may have a recording of its own. Any thread.
void rp_recorder_be_deaf(const struct rp_recorder *recorder);
// The same where there is none, and a child will have none either.
void rp_recorder_listen_no_more(void);

// Whether the recording has ended. Any thread, while there is a recording.
static inline bool rp_recorder_ended(const struct rp_recorder *recorder) {
    // acquire [ended]: nothing more is read of what it guards
    return load_acquire(&recorder->shared->ended) != 0;
}

// Whether a thread has waited in vain for a drainer that has not moved since.
// Any thread, while there is a recording.
static inline bool rp_recorder_is_given_up(const struct rp_recorder *recorder) {
    // relaxed, both: a sign of life, and a hint
    uint32_t beat = load_relaxed(&recorder->shared->beat);

    return load_relaxed(&recorder->given_up_beat) == (uint64_t)beat + 1;
}

#endif
