// report_leaks.h - leaks, told together, as report.h tells each other finding.
#ifndef RP_INSTRUMENT_CHECK_REPORT_LEAKS_H
#define RP_INSTRUMENT_CHECK_REPORT_LEAKS_H

#include "instrument/check/table.h"

enum { RP_LEAKS_TOLD = 100 }; // sites, at most; of each of the two kinds

// Blocks of one site.
struct rp_leak {
    struct rp_check_found one;
    uint64_t blocks, bytes;           // that nothing leads to, or that are kept
    uint64_t more_blocks, more_bytes; // that only lost blocks lead to
};

// Notes a site's; is_kept: they still are reachable, and no leak. They are told
// by the end. One thread at a time.
void rp_report_leak(const char *call, const struct rp_leak *leak, bool is_kept);
// Notes how much was lost at `sites` others, and, has_more: at some that were
// not counted.
void rp_report_leaks_rest(unsigned sites, bool has_more,
                          const struct rp_leak *rest);
// is_end: of the program, whose exit code leaks may change.
void rp_report_leaks_end(bool is_end);

#endif
