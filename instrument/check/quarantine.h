// quarantine.h - freed blocks that are not used again for a while.
//
// A ring of places. Who frees a block exchanges it for what was in the next
// place, and takes more out of the oldest ones while there are too many bytes.
// Each exchange hands a block to one thread alone, whatever others do
// meanwhile, so nothing waits: progress is wait-free. A block that a slow
// thread puts behind the oldest one stays a lap longer.
#ifndef RP_INSTRUMENT_CHECK_QUARANTINE_H
#define RP_INSTRUMENT_CHECK_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// false: no memory, and nothing is kept. limit: bytes; 0: nothing is kept.
bool rp_quarantine_start(uint64_t limit);
// The largest block that is kept, guards included: a quarter of all; 0: none
// is.
extern uint64_t rp_quarantine_largest;

// Keeps the program's pointer of a block of so many bytes. Returns one that is
// to go now, or NULL.
void *rp_quarantine_put(void *pointer, size_t bytes);
// One that is to go since there are too many bytes, or NULL. Who gets one tells
// its bytes by rp_quarantine_gone.
void *rp_quarantine_take_oldest(void);
void rp_quarantine_gone(size_t bytes);

// What lies in the place, from 0 on, or NULL; false: there are no more places.
bool rp_quarantine_look(uint32_t place, void **pointer);
// Takes that out, if it is still there.
bool rp_quarantine_remove(uint32_t place, void *pointer);

#endif
