// os_linux.c - fulfils os.h by mmap and madvise.
#include "core/os.h"

#include "core/atomic.h"
#include "core/bits.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

size_t rp_os_page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

// mmap without touching errno.
static int map_anywhere(size_t size, char **result) {
    int saved = errno;
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int error = address == MAP_FAILED ? errno : 0;

    errno = saved;
    if (error == 0)
        *result = address;
    return error;
}

int rp_os_unmap(void *address, size_t size) {
    int saved = errno;
    int error = munmap(address, size) != 0 ? errno : 0;

    errno = saved;
    return error;
}

int rp_os_map(size_t size, size_t align, void **result) {
    size_t slack = align - rp_os_page_bytes();
    char *raw = NULL;
    int error;

    if (size > PTRDIFF_MAX - slack)
        return ENOMEM;

    // The system often returns an aligned address by itself; only when it does
    // not, map more than asked and cut the ends off.
    error = map_anywhere(size, &raw);
    if (error != 0)
        return error;
    if (((uintptr_t)raw & (align - 1)) == 0) {
        *result = raw;
        return 0;
    }
    rp_os_unmap(raw, size);
    error = map_anywhere(size + slack, &raw);
    if (error != 0)
        return error;

    char *start = raw + (round_up((uintptr_t)raw, align) - (uintptr_t)raw);
    size_t before = (size_t)(start - raw);
    if (before > 0)
        rp_os_unmap(raw, before);
    if (slack > before)
        rp_os_unmap(start + size, slack - before);
    *result = start;
    return 0;
}

int rp_os_decommit(void *address, size_t size) {
    int saved = errno;
    int error = madvise(address, size, MADV_DONTNEED) != 0 ? errno : 0;

    errno = saved;
    return error;
}

int rp_os_commit(void *address, size_t size) {
    (void)address, (void)size; // pages come back by themselves when touched
    return 0;
}

void rp_os_advise_huge_pages(void *address, size_t size) {
    int saved = errno;

    madvise(address, size, MADV_HUGEPAGE);
    errno = saved;
}

void rp_os_name(void *address, size_t size, const char *name) {
#if defined(PR_SET_VMA) && defined(PR_SET_VMA_ANON_NAME)
    int saved = errno;

    prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, size, name);
    errno = saved;
#else
    (void)address, (void)size, (void)name;
#endif
}

// A thread-specific value whose destructor is the callback. The key is made by
// whoever comes first; who loses the race deletes its own. 0: none yet,
// otherwise the key + 1. Where no key can be made, threads are not watched.
static _Atomic(unsigned) watch_key;

static void watch_destructor(void *at_exit) {
    ((void (*)(void))(uintptr_t)at_exit)();
}

void rp_os_watch_thread(void (*at_exit)(void)) {
    // acquire [watch_key]: the key that its maker registered.
    unsigned key = load_acquire(&watch_key);

    if (key == 0) {
        pthread_key_t made;
        if (pthread_key_create(&made, watch_destructor) != 0)
            return;
        // release [watch_key]: the registered key.
        if (cas_strong_acq_rel(&watch_key, &key, made + 1))
            key = made + 1;
        else
            pthread_key_delete(made);
    }
    pthread_setspecific(key - 1, (void *)(uintptr_t)at_exit);
}

int rp_os_errno_of(enum rp_os_error error) {
    return error == RP_OS_OUT_OF_MEMORY ? ENOMEM : EINVAL;
}

int rp_os_errno(void) {
    return errno;
}

void rp_os_set_errno(int value) {
    errno = value;
}

void rp_os_complain(const char *part1, const char *part2) {
    struct iovec parts[3] = {
        {(void *)(uintptr_t)part1, strlen(part1)},
        {(void *)(uintptr_t)part2, strlen(part2)},
        {(void *)(uintptr_t) "\n", 1},
    };
    ssize_t written = writev(STDERR_FILENO, parts, 3);

    (void)written; // nobody left to tell
}

void rp_os_abort(void) {
    abort();
}
