// start.c - see start.h.
#include "instrument/check/start.h"

#include "core/hook.h"
#include "core/os/check.h"
#include "instrument/check/guard.h"
#include "instrument/check/pages.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/report.h"
#include "instrument/check/thread.h"
#include "instrument/options/checking.h"
#include "instrument/os/clock.h"

_Atomic size_t rp_check_around = RP_UNSAID;
_Atomic(_Bool) rp_check_has_short;

static bool make_parts(void) {
    static struct rp_options options; // as large as it is, it is touched here

    // What is wrong with these, the recorder says.
    if (rp_options_read(&options) != NULL)
        options.stacks = rp_stack_options_default();
    rp_report_start();
    return rp_check_thread_prepare(&options.stacks) &&
           rp_quarantine_start(
               rp_checking_has(RP_CHECK_POISON) ? rp_checking.quarantine : 0) &&
           (!rp_checking_has(RP_CHECK_PAGES) || rp_pages_start());
}

// Where nothing has to be prepared for a block, nobody need ask.
static bool make(void) {
    if (!make_parts())
        return false;
    const uint32_t filled = RP_CHECK_GUARDS | RP_CHECK_POISON;
    if ((rp_checking.kinds & filled) == filled && rp_clock_counts &&
        rp_quarantine_largest != 0)
        store_release(&rp_check_has_short, 1); // release [short]: how
    if (!rp_checking_samples() && !rp_checking_has(RP_CHECK_PAGES))
        store_relaxed(&rp_check_around,
                      rp_checking_has(RP_CHECK_GUARDS)
                          ? RP_GUARD_AROUND
                          : 0); // relaxed: may be seen late
    return true;
}

struct rp_once rp_check_started;

void rp_check_start_anew(void) {
    if (!rp_once(&rp_check_started, make))
        rp_fatal("there is no memory for checks");
}
