// pages.h - blocks that have pages of their own, so that the access itself is
// seen, and not what it has left.
//
//   | no memory | ............ the block | no memory | ... the next one
//
// Each block gets addresses that no block had before; when it is freed, they
// have no memory any more. The block ends, as far as its alignment lets it,
// where its pages end, or begins where they begin. The rest of its pages are
// guards. Such blocks are not core's: no trace has them.
//
// Only so many live at one time, and there are only so many addresses; beyond
// that blocks are made as all others.
#ifndef RP_INSTRUMENT_CHECK_PAGES_H
#define RP_INSTRUMENT_CHECK_PAGES_H

#include "instrument/check/table.h"
#include "instrument/check/thread.h"

// false: no addresses. Before any other.
bool rp_pages_start(void);

// Whether the thread's next block, of that size and made from that frame, is to
// have pages of its own.
bool rp_pages_is_turn(struct rp_check_thread *thread, size_t size,
                      struct rp_frame from);
// Makes it; NULL: there is no room.
void *rp_pages_make(const struct rp_request *request,
                    struct rp_check_thread *thread, uint32_t stack);
// Takes the memory of a freed block.
void rp_pages_shut(const struct rp_check_found *found);

// Whether the address is one of those that blocks get; of any thread.
bool rp_pages_are_around(const void *address);

// An access of a thread that no memory was for. true: it is told, and to be
// tried again; false: it is of somewhere else.
struct rp_fault;
bool rp_pages_fault(const struct rp_fault *fault);

#endif
