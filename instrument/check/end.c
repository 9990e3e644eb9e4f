// end.c - what is looked at when the program ends.
#include "core/hook.h"
#include "instrument/check/leaks.h"
#include "instrument/check/start.h"
#include "instrument/check/sweep.h"
#include "instrument/options/checking.h"
#include "instrument/check/thread.h"
#include "instrument/os/system.h"

#include <stdlib.h>

// The program's stack ends where it called exit; what is below is of those who
// end it, and has words that are left of functions that have returned.
static uint64_t end_of_stack(struct rp_frame from) {
    enum { EXIT_BYTES = 128 };
    struct rp_check_thread *thread = rp_check_thread_mine();
    uint64_t at = (uintptr_t)exit;
    uint64_t sp = thread != NULL ? rp_check_thread_outside(thread, from, at,
                                                           at + EXIT_BYTES)
                                 : 0;

    return sp != 0 ? sp : from.sp;
}

// Before the end of the recording, so that what is found is in the trace. Not
// while other threads go on: what they free meanwhile may be gone.
__attribute__((destructor(102))) static void at_end(void) {
    if (!rp_is_checked())
        return;
    rp_check_start();
    if (rp_system_threads() == 1)
        rp_sweep_all("the end");
    if (rp_checking_has(RP_CHECK_LEAKS))
        rp_leaks_tell("the end", end_of_stack(rp_walk_caller()), true);
}
