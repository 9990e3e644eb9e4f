// confine.h - gives up the right to do anything but to finish one trace.
#ifndef RPSCOPE_RECORD_CONFINE_H
#define RPSCOPE_RECORD_CONFINE_H

#include <stdbool.h>

// From now on this process can take memory, look at clocks, read `count` open
// files, write the first of them, and end; all else fails with EPERM. A
// negative one is none. false: the system cannot do that.
bool confine(const int *files, unsigned count);

#endif
