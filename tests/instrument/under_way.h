// under_way.h - a recording of the test program itself.
#ifndef RP_TESTS_UNDER_WAY_H
#define RP_TESTS_UNDER_WAY_H

// The next event begins a recording into a folder of its own.
void under_way_begin(void);

// Ends it; nothing is left of the folder.
void under_way_end(void);

#endif
