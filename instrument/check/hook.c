// hook.c - what stands between the program and its blocks: core's hooks.
#include "core/base/bits.h"
#include "instrument/check/block.h"
#include "instrument/check/leaks.h"
#include "instrument/check/pages.h"
#include "instrument/check/start.h"
#include "instrument/options/checking.h"
#include "instrument/os/fault.h"

#include <string.h>

__attribute__((noinline)) size_t rp_check_plan(const struct rp_request *request,
                                               void **ready) {
    rp_check_start();
    return rp_block_plan(request, ready, rp_walk_caller());
}

int rp_check_has(const void *pointer) {
    return !rp_checking_samples() || rp_pages_are_around(pointer);
}

int rp_check_span(const struct rp_place_of_block *place) {
    return !rp_checking_has(RP_CHECK_SPANS) || rp_block_span(place);
}

void rp_check_no_alloc(int more) {
    rp_check_start();
    struct rp_check_thread *thread = rp_check_thread_mine();
    if (thread != NULL)
        thread->no_alloc += more;
}

// What the program has in registers lies at the top of this frame.
__attribute__((noinline)) int rp_check_leaks(void) {
    enum { REGISTERS = 6 * sizeof(uint64_t) };

    __builtin_unwind_init();
    rp_check_start();
    return rp_leaks_tell("rpmalloc_check_leaks",
                         (uintptr_t)__builtin_frame_address(0) - REGISTERS,
                         false);
}

int rp_check_fault(const void *address, const void *context) {
    if (!rp_checking_has(RP_CHECK_PAGES))
        return 0;
    struct rp_fault fault = rp_system_fault(address, context);
    return rp_pages_fault(&fault);
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
