// strict.h - the switches of strict.c.
#ifndef TESTS_PLATFORMS_STRICT_H
#define TESTS_PLATFORMS_STRICT_H

#include "core/base/atomic.h"

#include <stddef.h>

extern _Atomic(int) strict_refuses; // not 0: rp_os_commit fails
extern _Atomic(size_t) strict_refusals;
extern _Atomic(size_t) strict_commits; // calls, refused ones included

#endif
