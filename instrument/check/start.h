// start.h - what checks need, made with the first block.
#ifndef RP_INSTRUMENT_CHECK_START_H
#define RP_INSTRUMENT_CHECK_START_H

// Before any other function of this room. Any thread; keeps errno. Ends the
// program when there is no memory for checks.
void rp_check_start(void);

#endif
