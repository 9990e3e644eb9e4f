// hook.c - what stands between the program and its blocks: core's hooks.
#include "core/base/bits.h"
#include "instrument/check/block.h"
#include "instrument/check/start.h"

#include <string.h>

size_t rp_check_plan(const struct rp_request *request, void **ready) {
    (void)ready;
    rp_check_start();
    return rp_block_plan(request);
}

__attribute__((noinline)) void *rp_check_made(
    const struct rp_request *request, const struct rp_place_of_block *place) {
    return rp_block_made(request, place, rp_walk_caller());
}

__attribute__((noinline)) void *rp_check_give(void *pointer,
                                              const struct rp_return *how) {
    return rp_block_give(pointer, how, rp_walk_caller());
}

void *rp_check_rest(void) {
    return rp_block_rest();
}

__attribute__((noinline)) size_t rp_check_size(const void *pointer,
                                               const char *call) {
    return rp_block_size(pointer, call, rp_walk_caller());
}

__attribute__((noinline)) void rp_check_heap_end(uint32_t heap) {
    rp_block_heap_end(heap, rp_walk_caller());
}

void *rp_check_heap_rest(uint32_t heap) {
    return rp_block_heap_rest(heap);
}
