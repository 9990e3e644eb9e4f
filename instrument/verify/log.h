// log.h - writing down a call, from the functions of malloc.
//
// A thread writes into a chunk of its own, in memory that it shares with the
// file: what is written stays when the program is killed. Nothing here
// allocates. A forked child writes nothing.
#ifndef RP_INSTRUMENT_VERIFY_LOG_H
#define RP_INSTRUMENT_VERIFY_LOG_H

#include <stddef.h>

#include "instrument/verify/call_log.h"

// The function of that name in the library behind this one; it must be there.
void *rp_log_next(const char *name);

// Notes a call that concerns `block` (which may be NULL): before it is freed,
// after it was allocated. alignment: 0 where none was given. Leaves errno
// alone.
void rp_log_note(enum call_log_kind kind, const void *block, size_t size,
                 size_t alignment, const void *caller);

#endif
