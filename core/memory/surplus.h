// surplus.h - how much empty memory is worth keeping.
//
// Empty spans that keep their memory are the global cache. A page given back
// and taken again costs as much as a hundred allocations; a page kept that
// nobody wants is waste. There is no clock and no thread here, so the events of
// spans decide. Memory that is given back is remembered as `regret`, and when
// memory without pages has to be taken soon after, by so much more is kept from
// then on (`learned`). That is at most half more than what was lately in use
// (`peak`), and what purges take and nobody misses is unlearned, a quarter at
// most at a time. Regret and peak fade as spans are given. So a program that
// frees everything gets rid of it.
//
// All of it is a guess that any thread may make: relaxed atomics, and a change
// that another thread overwrites is no harm. Wait-free.
#ifndef RP_CORE_MEMORY_SURPLUS_H
#define RP_CORE_MEMORY_SURPLUS_H

#include <stddef.h>

// Written before any other thread uses the allocator.
struct surplus_settings {
    size_t keep_bytes; // at least
    size_t keep_part;  // of what is in use, 1 / keep_part; 0: nothing, and
                       // nothing is learned
};
extern struct surplus_settings rp_surplus_settings;
#define SURPLUS_DEFAULTS                                                       \
    { 2 << 20, 16 }

// Spans were given while `taken` remain in use, by all.
void rp_surplus_given(size_t spans, size_t taken);
// Spans lost their memory since there were too many.
void rp_surplus_purged(size_t spans);
// Spans without memory had to be taken.
void rp_surplus_missed(size_t spans);

// How many bytes are worth keeping while `taken` spans are in use.
size_t rp_surplus_worth(size_t taken);

// No other thread may be in the allocator.
void rp_surplus_reset(void);

#endif
