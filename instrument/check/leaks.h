// leaks.h - blocks that nothing leads to, by where they were made.
#ifndef RP_INSTRUMENT_CHECK_LEAKS_H
#define RP_INSTRUMENT_CHECK_LEAKS_H

// Looks for them and tells each site's. call: when that is.
void rp_leaks_tell(const char *call);

#endif
