// build.h - which build of rpscope this is.
#ifndef RPSCOPE_INDEX_BUILD_H
#define RPSCOPE_INDEX_BUILD_H

#include <stdint.h>

enum { BUILD_BYTES = 20 };

// What the linker has written into the program (its build id); zeroes where it
// has not.
void build_read(uint8_t build[BUILD_BYTES]);

#endif
