// system_call.h - a call of the kernel that errno does not show.
#ifndef RP_INSTRUMENT_OS_SYSTEM_CALL_H
#define RP_INSTRUMENT_OS_SYSTEM_CALL_H

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

// Returns the result, or a negative errno value. No cancellation point.
static inline long rp_call(long number, long a, long b, long c, long d) {
    int saved = errno;
    long result = syscall(number, a, b, c, d, 0L, 0L);

    if (result == -1)
        result = -errno;
    errno = saved;
    return result;
}

// The same of one that may write beyond the limit on files: -EFBIG, and no
// signal.
long rp_system_quietly(long number, long a, long b, long c, long d);

// A file must not stand for one of the program's first three: then it gets
// another number. Returns its number, or a negative errno value, which `file`
// may be already, and then it is closed.
long rp_system_move_up(long file);

// Where to map `bytes` of the recorder's own: far from where the system puts
// what the program maps, which so has the addresses that it has without us.
// Only a wish: the system may put it elsewhere.
void *rp_system_aside(size_t bytes);

#endif
