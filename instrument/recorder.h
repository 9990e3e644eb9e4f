// recorder.h - the state of the recording of this process.
//
// It lies in memory that a fork wipes: the child finds state 0, its threads
// find gate 0, and so it starts a recording of its own with its first event,
// and not inside the fork. All else that belongs to a recording hangs on it
// and is not inherited at all.
#ifndef RP_RECORDER_H
#define RP_RECORDER_H

#include "instrument/intern.h"
#include "instrument/lane.h"
#include "instrument/spawn.h"

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
    _Atomic uint32_t rings;              // how many numbers are given out
    _Atomic uint64_t lost;               // events without a thread

    // Set before any thread has the recorder, constant afterwards.
    const struct rp_options *options;
    // Set while starting, constant afterwards.
    struct rp_stacks *stacks;
    struct rp_intern *texts;
    struct rp_modules *modules;
    struct rp_drainer *drainer;
    uint32_t process;
    uint64_t base_ticks; // the start of the recording
    uint64_t base_ns;

    // Between the program and the drainer.
    _Alignas(64) _Atomic uint32_t awake; // 0: the drainer sleeps
    _Atomic uint32_t beat;               // grows while it works
    _Atomic uint32_t stop;               // it is asked to finish
    struct rp_spawned spawned;
};

// The recorder of this process, made if need be; NULL: no memory.
struct rp_recorder *rp_recorder_get(void);

// Makes the drainer look at the rings soon. Any thread.
void rp_recorder_wake(struct rp_recorder *recorder);

#endif
