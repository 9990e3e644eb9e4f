// modules.h - the files that are mapped into the program, for symbols.
//
// Each file that appears gets a number, a description (module.h) and an event;
// it gets an event again when it goes. Nothing tells when the loader has loaded
// something, and its lock is not to be taken (os/loader.h). So the files of
// each new stack are looked up; and when a thread comes out of the loader,
// whether those that are known are still there, and, if it is the only thread,
// all.
#ifndef RP_INSTRUMENT_CAPTURE_MODULES_H
#define RP_INSTRUMENT_CAPTURE_MODULES_H

#include "instrument/capture/producer.h"
#include "instrument/capture/recorder.h"
#include "instrument/os/loader.h"
#include "instrument/shm/module.h"

enum {
    RP_MODULES_WANTED = 16,
    RP_MODULE_PARTS = 64,     // program headers
    RP_MODULE_NOTES = 1 << 10 // bytes, for the build id
};

// By what a file is known again.
struct rp_module_known {
    uint64_t map, bias, dynamic; // as in os/loader.h
    uint64_t name;               // its hash
    bool is_listed;              // by the loader
    bool seen;                   // in its list, this time
};

struct rp_modules {
    // Of whoever holds `busy`.
    struct rp_module_known known[RP_MODULES_MOST]; // by place in `loaded`
    struct rp_loaded_file file;
    ElfW(Phdr) parts[RP_MODULE_PARTS];
    uint8_t notes[RP_MODULE_NOTES];
    char path[RP_PATH_BYTES];
    struct rp_producer *producer;
    uint64_t changed_start, changed_end; // what was found to be other
    bool has_rules;                      // of code that was there before

    // Written by whoever holds `busy`, read by all.
    _Atomic uint32_t loaded[RP_MODULES_MOST]; // numbers
    _Atomic uint32_t count;

    _Alignas(64) _Atomic uint32_t busy; // 0, 1, or 2: look once more
    // What to look at.
    _Atomic uint32_t all;
    _Atomic uint32_t wanted[RP_MODULES_WANTED]; // nodes of stacks; 0: none
    struct rp_pool *pool;
    struct rp_module_list *list;
};

// Tells what was loaded or unloaded, through the producer, which the caller has
// taken: of the files on a new stack, if it is not 0; and `all`, see above.
// Does not wait for another thread.
void rp_modules_check(struct rp_recorder *recorder,
                      struct rp_producer *producer, uint32_t stack, bool all);

#endif
