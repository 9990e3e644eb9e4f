// linux.c - what of os.h is Linux's own, Android's Linux included: giving
// memory back by madvise, and hints. The rest is in posix.c.
#include "core/os/os.h"

#include "core/os/posix.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>

int rp_os_decommit(void *address, size_t size) {
    int saved = os_enter();
    int error = madvise(address, size, MADV_DONTNEED) != 0 ? errno : 0;

    os_leave(saved);
    return error;
}

int rp_os_resize(void *address, size_t from, size_t to, size_t align,
                 void **result) {
    void *place = address;

    if (to <= from) {
        *result = address;
        return to < from ? rp_os_unmap((char *)address + to, from - to) : 0;
    }
    // Where it is, if the addresses behind it are free.
    int saved = os_enter();
    void *moved = mremap(address, from, to, 0);
    os_leave(saved);
    if (moved != MAP_FAILED) {
        *result = address;
        return 0;
    }
    // Elsewhere, as far behind the start of a huge page as it is now: only so
    // such pages move whole.
    size_t huge_page = rp_os_huge_page_bytes();
    size_t before =
        huge_page > align ? (uintptr_t)address & (huge_page - 1) : 0;
    int error = rp_os_map(before + to, before != 0 ? huge_page : align, &place);
    if (error != 0)
        return error;
    if (before != 0) {
        rp_os_unmap(place, before);
        place = (char *)place + before;
    }
    // Over the first part of the new mapping; the rest of that stays.
    saved = os_enter();
    moved = mremap(address, from, from, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    error = moved == MAP_FAILED ? errno : 0;
    os_leave(saved);
    if (error != 0)
        rp_os_unmap(place, to);
    else
        *result = place;
    return error;
}

int rp_os_discard(void *address, size_t size) {
    return rp_os_decommit(address, size);
}

int rp_os_commit(void *address, size_t size) {
    (void)address, (void)size; // pages come back by themselves when touched
    return 0;
}

// Where pages have 4 KiB, as on x86-64 and most others, and addresses are
// plenty. A system without huge pages, or one that forbids them, takes the
// advice and does nothing.
size_t rp_os_huge_page_bytes(void) {
    return sizeof(void *) > 4 && rp_os_page_bytes() == 4096 ? 2 << 20 : 0;
}

static void advise(void *address, size_t size, int advice) {
    int saved = os_enter();

    madvise(address, size, advice);
    os_leave(saved);
}

void rp_os_advise_huge_pages(void *address, size_t size) {
    advise(address, size, MADV_HUGEPAGE);
}

void rp_os_refuse_huge_pages(void *address, size_t size) {
    advise(address, size, MADV_NOHUGEPAGE);
}

void rp_os_name(void *address, size_t size, const char *name) {
#if defined(PR_SET_VMA) && defined(PR_SET_VMA_ANON_NAME)
    int saved = os_enter();

    prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, size, name);
    os_leave(saved);
#else
    (void)address, (void)size, (void)name;
#endif
}
