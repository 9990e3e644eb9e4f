// report_leaks.h - leaks, told together, as report.h tells each other finding.
#ifndef RP_INSTRUMENT_CHECK_REPORT_LEAKS_H
#define RP_INSTRUMENT_CHECK_REPORT_LEAKS_H

#include "instrument/check/table.h"

enum { RP_LEAKS_TOLD = 100 }; // sites, at most

// Blocks of one site, `found` one of them, that nothing leads to; `more` that
// only lost blocks lead to. They are told by the end. One thread at a time.
void rp_report_leak(const char *call, const struct rp_check_found *found,
                    uint64_t blocks, uint64_t bytes, uint64_t more_blocks,
                    uint64_t more_bytes);
// is_end: of the program, whose exit code they may change.
void rp_report_leaks_end(bool is_end);

#endif
