// misuse.h - findings about blocks: what is wrong, and what to do about it.
#ifndef RP_INSTRUMENT_CHECK_MISUSE_H
#define RP_INSTRUMENT_CHECK_MISUSE_H

#include "instrument/check/table.h"

// A pointer that is no live block's was given to `call`; is_free: to free it.
void rp_misuse_pointer(const void *pointer, const char *call, bool is_free,
                       uint32_t now);

// Looks at what is around a live block, and tells what was written there. call:
// when that is; now: the stack then, or 0; is_freed: it was live until before.
void rp_misuse_guards(const struct rp_check_found *found, const char *call,
                      uint32_t now, bool is_freed);
// Looks at a block that was freed, which nobody changes meanwhile.
void rp_misuse_freed(const struct rp_check_found *found, const char *call,
                     uint32_t now);
// The thread allocates where it means not to.
void rp_misuse_no_alloc(const struct rp_request *request, uint32_t now);
// The allocator's own state of the block's span is not what it was, or can be.
void rp_misuse_span(const struct rp_check_found *found, const char *call,
                    uint32_t now);
// What is said at the free is not what was said when it was made.
void rp_misuse_match(const struct rp_check_found *found,
                     const struct rp_return *how, uint32_t now);

#endif
