// memory.h - atomic memory as C11 has it for release, acquire and relaxed.
//
// Each atomic object has the sequence of all values that were stored to it, its
// modification order. Each thread has a view: how far along each of them it can
// not go back. A load takes any value from its view on; a store goes anywhere
// behind it, but never between a value and the read-modify-write that took it;
// a read-modify-write takes a value that no other has taken, and stands right
// behind it. A store that is a release takes its thread's view along, and
// read-modify-writes pass on what the value had that they took; who reads it by
// an acquire has that view, too.
//
// After: Kang and others, A promising semantics for relaxed-memory concurrency,
// POPL 2017, without promises: a load never sees a store of later (RC11). A
// weak compare-and-swap does not fail here without a reason, which in a loop
// would only go round once more.
#ifndef WEAK_MEMORY_H
#define WEAK_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum { WEAK_ACQUIRE = 1, WEAK_RELEASE = 2 }; // bits of an order

void weak_memory_begin(void);

// Reads `bytes` (1, 2, 4 or 8) at the address.
uint64_t weak_load(unsigned thread, const void *address, unsigned bytes,
                   unsigned order);
void weak_store(unsigned thread, void *address, unsigned bytes, uint64_t value,
                unsigned order);
// Stores what `change` makes of the value that was there; returns the old one.
uint64_t weak_update(unsigned thread, void *address, unsigned bytes,
                     uint64_t (*change)(uint64_t old, uint64_t operand),
                     uint64_t operand, unsigned order);
// *expected becomes what was read, if it was another value.
bool weak_exchange_if(unsigned thread, void *address, unsigned bytes,
                      uint64_t *expected, uint64_t value, unsigned order,
                      unsigned failure_order);

// A plain write comes over the object: its value is in memory now.
void weak_memory_forget(const void *address, unsigned bytes);
// From one thread to another, when it is made, or has ended.
void weak_memory_join(unsigned thread, unsigned other);

#endif
