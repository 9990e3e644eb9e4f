// site.h - whether a stack leads through the code that was chosen (the site of
// the check "pages").
#ifndef RP_INSTRUMENT_CHECK_SITE_H
#define RP_INSTRUMENT_CHECK_SITE_H

#include <stdbool.h>
#include <stdint.h>

// Once, before any other.
void rp_site_start(void);

// Whether one of its frames is there; stack: of rp_check_thread_stack. True of
// every stack when no code was chosen. A stack is looked at once: what it leads
// through, is looked up in the system's list of files. Any thread.
bool rp_site_has(uint32_t stack);

#endif
