// checking.c - see checking.h.
#include "instrument/options/checking.h"

#include "core/base/atomic.h"
#include "core/hook.h"
#include "instrument/os/once.h"
#include "instrument/os/system.h"

_Atomic(_Bool) rp_check_flag = 1;
struct rp_check_options rp_checking;

static const char *asked;         // by the program; NULL
static _Atomic(_Bool) is_settled; // it is too late to ask

static bool read(void) {
    const char *variable = rp_system_environment("RPSCOPE_CHECK");
    const char *wrong = rp_check_options_read(&rp_checking);

    store_relaxed(&is_settled, 1); // relaxed: there is one thread
    if (wrong != NULL)
        rp_system_say(wrong);
    else if (asked != NULL && (variable == NULL || *variable == 0))
        rp_check_options_kinds(asked, &rp_checking);
    if (wrong == NULL && rp_checking.kinds != 0 && !rp_system_is_privileged())
        return true;
    store_relaxed(&rp_check_flag, 0); // relaxed: may be noticed late
    return false;
}

int rp_check_settle(void) {
    static struct rp_once once;

    return rp_once(&once, read);
}

const char *rp_check_ask(const char *checks) {
    struct rp_check_options options;

    if (checks == NULL || !rp_check_options_kinds(checks, &options))
        return "checks are " RP_CHECK_KINDS;
    if (is_set_relaxed(&is_settled)) // relaxed: as above
        return "there are blocks already, which would not be known";
    asked = checks;
    if (rp_check_settle() || rp_checking.kinds == 0)
        return NULL;
    return "the program has more rights than its caller";
}
