// checking.c - see checking.h.
#include "instrument/options/checking.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "instrument/os/once.h"
#include "instrument/os/system.h"

_Atomic(_Bool) rp_check_flag = 1;
struct rp_check_options rp_checking;

static bool read(void) {
    const char *wrong = rp_check_options_read(&rp_checking);

    if (wrong != NULL)
        rp_system_say(wrong);
    if (wrong == NULL && rp_checking.kinds != 0 && !rp_system_is_privileged())
        return true;
    store_relaxed(&rp_check_flag, 0); // relaxed: may be noticed late
    return false;
}

int rp_check_settle(void) {
    static struct rp_once once;

    return rp_once(&once, read);
}
