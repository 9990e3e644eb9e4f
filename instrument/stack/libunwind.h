// libunwind.h - the calling thread's stack, by libunwind.
#ifndef RP_INSTRUMENT_STACK_LIBUNWIND_H
#define RP_INSTRUMENT_STACK_LIBUNWIND_H

#include <stdint.h>

// Switches off what libunwind shares among threads. While no thread unwinds: a
// thread that is inside would not give back the lock that it has taken.
void rp_libunwind_prepare(void);
// Readies the rest of libunwind, which may take some time.
void rp_libunwind_start(void);

// Return addresses from the innermost frame outwards, beginning with the frame
// of the caller; at most `most`. Returns how many. May change errno.
// quickly: from what libunwind remembers of each address; of one whose file was
// replaced by another meanwhile, that can be wrong.
unsigned rp_libunwind_quickly(uint64_t *frames, unsigned most);
unsigned rp_libunwind_carefully(uint64_t *frames, unsigned most);

#endif
