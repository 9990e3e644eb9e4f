// end.c - what is looked at when the program ends.
#include "core/hook.h"
#include "instrument/check/leaks.h"
#include "instrument/check/start.h"
#include "instrument/check/sweep.h"
#include "instrument/options/checking.h"
#include "instrument/os/system.h"

// Before the end of the recording, so that what is found is in the trace. Not
// while other threads go on: what they free meanwhile may be gone.
__attribute__((destructor(102))) static void at_end(void) {
    if (!rp_is_checked())
        return;
    rp_check_start();
    if (rp_system_threads() == 1)
        rp_sweep_all("the end");
    if (rp_checking_has(RP_CHECK_LEAKS))
        rp_leaks_tell("the end");
}
