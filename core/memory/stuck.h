// stuck.h - memory that the system did not take back.
//
// To unmap the middle of a mapping makes two of it, which the system refuses
// when a process has as many as it may (vm.max_map_count). Such memory loses
// its pages at once, but for the first, and waits for the next try.
//
// Progress: push is lock-free, take is wait-free.
// ABA:      the stack is popped by taking everything: harmless.
#ifndef RP_CORE_MEMORY_STUCK_H
#define RP_CORE_MEMORY_STUCK_H

#include <stddef.h>

// Unmaps what rp_os_map returned, now or by a later rp_stuck_retry.
void rp_stuck_unmap(void *address, size_t bytes);
// Tries to unmap what waits, until it is refused once.
void rp_stuck_retry(void);

#endif
