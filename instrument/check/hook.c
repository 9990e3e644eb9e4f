// hook.c - what core asks of the checks beside blocks (block.c).
#include "core/hook.h"
#include "instrument/check/leaks.h"
#include "instrument/check/pages.h"
#include "instrument/check/start.h"
#include "instrument/options/checking.h"
#include "instrument/os/fault.h"

void rp_check_no_alloc(int more) {
    rp_check_start();
    struct rp_check_thread *thread = rp_check_thread_mine();
    if (thread == NULL)
        return;
    thread->no_alloc += more;
    if (rp_checking_has(RP_CHECK_NO_ALLOC))
        store_relaxed(&rp_check_around, RP_UNSAID); // relaxed: by this thread
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
