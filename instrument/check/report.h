// report.h - a finding, told as one block of text on stderr and as a mark in
// the trace; and what becomes of the program then.
//
// Text is put together in memory of its own, by nothing that allocates or
// locks, so it works anywhere: in a signal handler, before main, after the last
// destructor. The names of functions come from a program of their own
// (RPSCOPE_NAMES), to which the text is given; without it, frames are files and
// addresses in them.
#ifndef RP_INSTRUMENT_CHECK_REPORT_H
#define RP_INSTRUMENT_CHECK_REPORT_H

#include "instrument/check/finding.h"

// Once, before any finding.
void rp_report_start(void);

// Tells it, but for what was told before of the same site, and then ends the
// program if it is to end at errors. Any thread, any time.
void rp_report(const struct rp_finding *finding);

// Blocks of one site, `found` one of them, that nothing leads to; `more` that
// only lost blocks lead to. They are told together, by the end.
void rp_report_leak(const char *call, const struct rp_check_found *found,
                    uint64_t blocks, uint64_t bytes, uint64_t more_blocks,
                    uint64_t more_bytes);
void rp_report_leaks_end(void);

// How many were told.
uint32_t rp_report_count(void);
// Ends the program as errors do; returns when it is to go on.
void rp_report_end(void);

#endif
