// modules.h - the files that are mapped into the program, for symbols.
//
// The loader counts how often something was loaded and unloaded; the list is
// walked again only when these counts have changed. Each file that appears
// gets a number, a description (module.h) and an event; it gets an event again
// when it goes.
#ifndef RP_INSTRUMENT_CAPTURE_MODULES_H
#define RP_INSTRUMENT_CAPTURE_MODULES_H

#include "instrument/capture/producer.h"
#include "instrument/capture/recorder.h"
#include "instrument/shm/module.h"

struct rp_modules {
    // Of whoever holds `busy`.
    uint64_t adds, subs;              // the loader's counts at the last walk
    uint32_t loaded[RP_MODULES_MOST]; // numbers
    uint32_t loaded_count;
    bool seen[RP_MODULES_MOST]; // by place in `loaded`, during a walk
    char path[RP_PATH_BYTES];
    struct rp_producer *producer;
    uint64_t changed_start, changed_end; // what a walk has found to be other

    _Alignas(64) _Atomic uint32_t busy; // 0, 1, or 2: walk once more
    struct rp_pool *pool;
    struct rp_module_list *list;
};

// Tells what was loaded or unloaded since the last time, through the producer,
// which the caller has taken. Does not wait for another thread.
void rp_modules_check(struct rp_recorder *recorder,
                      struct rp_producer *producer);

#endif
