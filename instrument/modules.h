// modules.h - the files that are mapped into the program, for symbols.
//
// The loader counts how often something was loaded and unloaded; the list is
// walked again only when these counts have changed. Each file that appears
// gets a number, a description that is never changed, and an event; it gets an
// event again when it goes. A file that comes back gets a new number.
#ifndef RP_MODULES_H
#define RP_MODULES_H

#include "instrument/lane.h"
#include "instrument/recorder.h"

enum {
    RP_MODULES_MOST = 1 << 14, // ever loaded; later ones are not told
    RP_BUILD_ID_BYTES = 64,
};

struct rp_module {
    uint64_t start, end, bias;
    uint32_t id_bytes;
    uint32_t path_bytes;
    uint8_t id[RP_BUILD_ID_BYTES];
    char path[];
};

struct rp_modules {
    // Of whoever holds `busy`.
    uint64_t adds, subs;              // the loader's counts at the last walk
    uint32_t loaded[RP_MODULES_MOST]; // numbers
    uint32_t loaded_count;
    bool seen[RP_MODULES_MOST]; // by place in `loaded`, during a walk
    char path[RP_PATH_BYTES];
    struct rp_lane *lane;

    _Alignas(64) _Atomic uint32_t busy; // 0, 1, or 2: walk once more
    struct rp_store store;
    _Atomic uint32_t count;           // of numbers: 0 .. count - 1 exist
    uint32_t pieces[RP_MODULES_MOST]; // by number, in `store`
};

// Tells what was loaded or unloaded since the last time, through the lane,
// which the caller has entered. Does not wait for another thread.
void rp_modules_check(struct rp_recorder *recorder, struct rp_lane *lane);

static inline const struct rp_module *rp_modules_at(
    const struct rp_modules *modules, uint32_t number) {
    return rp_store_at(&modules->store, modules->pieces[number]);
}

#endif
