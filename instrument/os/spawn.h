// spawn.h - a thread for the drainer that the program does not notice.
//
// A thread made by the C library would allocate from the very heap that is
// traced, turn a single-threaded program into a multi-threaded one in the C
// library's eyes, and share its file descriptors. So, where possible, the
// thread is made by the kernel alone: with all signals blocked, with a file
// table of its own that holds two files, and with thread-local storage that is
// just large enough for errno.
//
// What runs on it may not allocate, lock or call what uses thread-local data.
#ifndef RP_INSTRUMENT_OS_SPAWN_H
#define RP_INSTRUMENT_OS_SPAWN_H

#include <stdint.h>

struct rp_spawned {
    _Atomic uint32_t alive; // the thread's id; 0 when it has ended
};

// Runs body(context) on a new thread, to which the descriptors belong from then
// on: the caller has them no more; -1 is none. Returns 0, or an errno value,
// and then they are still the caller's.
int rp_spawn(struct rp_spawned *thread, void (*body)(void *context),
             void *context, const int files[2]);

// Runs body(context) on a thread of that kind, which has no descriptors, and
// waits until the system knows of it no more. So what it opens, the program
// never sees, and it needs none of those that the program may have. Where there
// cannot be one (a limit, a filter of system calls, valgrind, a sanitizer), the
// caller runs it itself. Leaves errno alone.
void rp_spawn_errand(void (*body)(void *context), void *context);

#endif
