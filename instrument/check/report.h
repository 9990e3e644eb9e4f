// report.h - a finding, told as one block of text on stderr and as an event in
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

// The parts of it, for findings that are told together. By the program that
// names frames, or as it is; false: the user does not want to hear of any of
// it. answer: a '+' or a '-' for each report in the text, as the user wants to
// hear of it or not, as far as there is room; left alone where nobody says.
bool rp_report_say(const char *text, size_t bytes, char *answer, size_t room);
// Into the trace; stacks: of rp_check_thread_stack, 0: none.
void rp_report_record(const char *text, uint32_t now, uint32_t made,
                      uint32_t freed);
void rp_report_count_one(void);

// How many were told.
uint32_t rp_report_count(void);
// Ends the program as errors do; returns when it is to go on.
void rp_report_end(void);

#endif
