// fault.h - addresses without memory, and who touches them.
#ifndef RP_INSTRUMENT_OS_FAULT_H
#define RP_INSTRUMENT_OS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// So many bytes of addresses, which nobody may touch; a forked child has them,
// too. NULL: there are none.
void *rp_system_addresses(size_t bytes);
// Whole pages of these: may be used, zeroed, or not touched again and without
// memory. false: it cannot be.
bool rp_system_open_pages(void *address, size_t bytes);
bool rp_system_shut_pages(void *address, size_t bytes);

// What a thread did where it may not, and where it goes on.
struct rp_fault {
    uint64_t address;
    bool is_write;
    uint64_t pc, sp, bp; // 0: not known
};

// Calls `handler` when the program touches what it may not, if it has no
// handler of its own; true: the access is to be tried again. Others are as
// without it.
void rp_system_watch_faults(bool (*handler)(const struct rp_fault *fault));
// What the signal says that came with this context of the system's.
struct rp_fault rp_system_fault(const void *address, const void *context);

#endif
