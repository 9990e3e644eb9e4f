// bounds_linux.c - fulfils bounds.h by letting the kernel read.
//
// sigprocmask, asked to do what does not exist, reads the mask and then says
// EINVAL; when it cannot read the mask, it says EFAULT.
#include "instrument/stack/bounds.h"

#include "core/os/os.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_readable(uint64_t address) {
    enum { NO_SUCH_THING = -1, MASK_BYTES = 8 };

    return syscall(SYS_rt_sigprocmask, NO_SUCH_THING, address, NULL,
                   MASK_BYTES) == 0 ||
           errno == EINVAL;
}

uint64_t rp_bounds_readable(uint64_t start, uint64_t end) {
    uint64_t page = rp_os_page_bytes(), at = start;
    int saved = errno;

    while (at < end && is_readable(at))
        at += page;
    errno = saved;
    return at - start;
}
