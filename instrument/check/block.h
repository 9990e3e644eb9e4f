// block.h - a block from being made to being freed, as the checks see it.
#ifndef RP_INSTRUMENT_CHECK_BLOCK_H
#define RP_INSTRUMENT_CHECK_BLOCK_H

#include "instrument/check/table.h"
#include "instrument/stack/walk.h"

// These fulfil the hooks of the same names (core/hook.h). from: the frame that
// called the hook.
size_t rp_block_plan(const struct rp_request *request, void **ready,
                     struct rp_frame from);
void *rp_block_made(const struct rp_request *request,
                    const struct rp_place_of_block *place,
                    struct rp_frame from);
void *rp_block_give(void *pointer, const struct rp_return *how,
                    struct rp_frame from);
void *rp_block_rest(void);
bool rp_block_span(const struct rp_place_of_block *place);
size_t rp_block_size(const void *pointer, const char *call,
                     struct rp_frame from);
void rp_block_heap_end(uint32_t heap, struct rp_frame from);
void *rp_block_heap_rest(uint32_t heap);

#endif
