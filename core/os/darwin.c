// darwin.c - what of os.h is macOS's and iOS's own. The rest is in
// posix.c.
#include "core/os/os.h"

#include "core/os/posix.h"

#include <sys/mman.h>

// New memory in place of the old: MADV_FREE and its kin keep the old bytes
// until the system wants the pages, and what is committed again must be zero.
int rp_os_decommit(void *address, size_t size) {
    int saved = os_enter();
    void *same =
        mmap(address, size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANON | MAP_NORESERVE | MAP_FIXED, -1, 0);
    int error = same == MAP_FAILED ? errno : 0;

    os_leave(saved);
    return error;
}

int rp_os_commit(void *address, size_t size) {
    (void)address, (void)size; // pages come by themselves when touched
    return 0;
}

int rp_os_resize(void *address, size_t from, size_t to, size_t align,
                 void **result) {
    (void)address, (void)from, (void)to, (void)align, (void)result;
    return rp_os_errno_of(RP_OS_BAD_ARGUMENT); // cannot be had here
}

int rp_os_discard(void *address, size_t size) {
    int saved = os_enter();
    int error = madvise(address, size, MADV_FREE) != 0 ? errno : 0;

    os_leave(saved);
    return error;
}

size_t rp_os_huge_page_bytes(void) {
    return 0; // asked for at mapping, if at all
}

void rp_os_advise_huge_pages(void *address, size_t size) {
    (void)address, (void)size;
}

void rp_os_refuse_huge_pages(void *address, size_t size) {
    (void)address, (void)size;
}

void rp_os_name(void *address, size_t size, const char *name) {
    (void)address, (void)size, (void)name; // mappings have no names
}
