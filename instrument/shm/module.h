// module.h - the description of a file that is mapped into the program.
//
// A description lies in the pool of names and is never changed. A file that
// comes back gets a new number.
#ifndef RP_INSTRUMENT_SHM_MODULE_H
#define RP_INSTRUMENT_SHM_MODULE_H

#include "instrument/shm/pool.h"

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

// Lies in the shared memory.
struct rp_module_list {
    _Atomic uint32_t count;           // of numbers: 0 .. count - 1 exist
    uint32_t pieces[RP_MODULES_MOST]; // by number, in the pool
};

static inline const struct rp_module *rp_module_at(
    const struct rp_pool *pool, const struct rp_module_list *list,
    uint32_t number) {
    return rp_pool_at(pool, list->pieces[number]);
}

#endif
