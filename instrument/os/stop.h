// stop.h - all other threads of the process, stopped for a while.
#ifndef RP_INSTRUMENT_OS_STOP_H
#define RP_INSTRUMENT_OS_STOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A thread as it stands: what is in its registers, the stack pointer and the
// thread pointer among them.
struct rp_stopped {
    uint64_t sp, locals;
    uint64_t registers[32];
    unsigned count; // of registers
};

// Stops all other threads of the process, calls body with what they are at, the
// caller first, and lets them go on. sp: what counts as the caller's stack
// pointer; its registers do not count. body may not wait for any of them, nor
// call what does. false: they cannot be stopped, and body was not called.
bool rp_system_stop_others(uint64_t sp,
                           void (*body)(const struct rp_stopped *threads,
                                        unsigned count, void *context),
                           void *context);

// How many bytes from `address` on, both whole pages, are in memory; 0: the
// first page is not.
size_t rp_system_resident(uint64_t address, size_t bytes);

#endif
