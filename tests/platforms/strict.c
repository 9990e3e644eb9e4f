// strict.c - a system as strict as os.h allows, in the place of linux.c:
// decommitted memory cannot be touched, committing may fail, and discarded
// memory holds junk. So core is held to the contract on a system that is not.
#include "core/os/os.h"
#include "tests/platforms/strict.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

_Atomic(int) strict_refuses;
_Atomic(size_t) strict_refusals;
_Atomic(size_t) strict_commits;

int rp_os_decommit(void *address, size_t size) {
    int saved = errno;
    int error = madvise(address, size, MADV_DONTNEED) != 0 ||
                        mprotect(address, size, PROT_NONE) != 0
                    ? ENOMEM
                    : 0;

    errno = saved;
    return error;
}

int rp_os_commit(void *address, size_t size) {
    int saved = errno;
    int error = 0;

    // relaxed: a switch of one thread, and counts.
    add_relaxed(&strict_commits, 1);
    if (load_relaxed(&strict_refuses)) {
        add_relaxed(&strict_refusals, 1); // relaxed: as above
        return ENOMEM;
    }
    if (mprotect(address, size, PROT_READ | PROT_WRITE) != 0)
        error = errno;
    errno = saved;
    return error;
}

int rp_os_resize(void *address, size_t from, size_t to, size_t align,
                 void **result) {
    (void)address, (void)from, (void)to, (void)align, (void)result;
    return rp_os_errno_of(RP_OS_BAD_ARGUMENT);
}

int rp_os_discard(void *address, size_t size) {
    memset(address, 0xdb, size);
    return 0;
}

size_t rp_os_huge_page_bytes(void) {
    return 0;
}

void rp_os_advise_huge_pages(void *address, size_t size) {
    (void)address, (void)size;
}

void rp_os_refuse_huge_pages(void *address, size_t size) {
    (void)address, (void)size;
}

void rp_os_name(void *address, size_t size, const char *name) {
    (void)address, (void)size, (void)name;
}
