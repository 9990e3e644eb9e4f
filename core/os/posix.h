// posix.h - what surrounds each call of the C library by the POSIX os files.
//
// A signal may come while a heap is being changed. The handler must know
// (malloc/signal.c): either the thread is in our own code, or in the C library
// on our behalf, and then it is counted here. errno is left alone.
#ifndef RP_CORE_OS_POSIX_H
#define RP_CORE_OS_POSIX_H

#include "core/base/atomic.h"

#include <errno.h>

// Calls that the thread is in.
extern _Thread_local unsigned rp_os_calls
    __attribute__((tls_model("initial-exec")));

static inline int os_enter(void) {
    ++rp_os_calls;
    fence_signal(); // before anything of the C library
    return errno;
}

static inline void os_leave(int saved) {
    errno = saved;
    fence_signal(); // after everything of the C library
    --rp_os_calls;
}

#endif
