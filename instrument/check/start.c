// start.c - see start.h.
#include "instrument/check/start.h"

#include "core/os/check.h"
#include "instrument/check/pages.h"
#include "instrument/check/quarantine.h"
#include "instrument/check/report.h"
#include "instrument/check/thread.h"
#include "instrument/options/checking.h"
#include "instrument/os/once.h"

static bool make(void) {
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

void rp_check_start(void) {
    static struct rp_once once;

    if (!rp_once(&once, make))
        rp_fatal("there is no memory for checks");
}
