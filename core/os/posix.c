// posix.c - what of os.h every POSIX system fulfils in the same way:
// mapping, thread ends, errno and stderr. The rest is in the file of each
// system.
#include "core/os/os.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/os/posix.h"
#include "core/rpmalloc.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

// There when the program defines them, else NULL.
#pragma weak rpmalloc_allocate_memory_external
#pragma weak rpmalloc_deallocate_memory_external

const struct rp_os_external rp_os_external = {
    .allocate = rpmalloc_allocate_memory_external,
    .deallocate = rpmalloc_deallocate_memory_external,
    .no_allocate = NULL,
    .no_deallocate = NULL,
};

_Thread_local unsigned rp_os_calls;

size_t rp_os_page_bytes(void) {
    int saved = os_enter();
    size_t bytes = (size_t)sysconf(_SC_PAGESIZE);

    os_leave(saved);
    return bytes;
}

// mmap without touching errno.
static int map_anywhere(size_t size, char **result) {
    int saved = os_enter();
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int error = address == MAP_FAILED ? errno : 0;

    os_leave(saved);
    if (error == 0)
        *result = address;
    return error;
}

int rp_os_unmap(void *address, size_t size) {
    int saved = os_enter();
    int error = munmap(address, size) != 0 ? errno : 0;

    os_leave(saved);
    return error;
}

int rp_os_is_divisible(void) {
    return 1;
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

// A thread-specific value whose destructor is the callback. The key is made by
// whoever comes first; who loses the race deletes its own. 0: none yet,
// otherwise the key + 1. Where no key can be made, threads are not watched.
static _Atomic(uintptr_t) watch_key;

static void watch_destructor(void *at_exit) {
    ((void (*)(void))(uintptr_t)at_exit)();
}

void rp_os_watch_thread(void (*at_exit)(void)) {
    // acquire [watch_key]: the key that its maker registered.
    uintptr_t key = load_acquire(&watch_key);

    if (key == 0) {
        pthread_key_t made;
        if (pthread_key_create(&made, watch_destructor) != 0)
            return;
        // release [watch_key]: the registered key.
        if (cas_strong_acq_rel(&watch_key, &key, (uintptr_t)made + 1))
            key = (uintptr_t)made + 1;
        else
            pthread_key_delete(made);
    }
    pthread_setspecific((pthread_key_t)(key - 1), (void *)(uintptr_t)at_exit);
}

// A key that is deleted has no destructor, whatever threads have set.
void rp_os_unwatch_threads(void) {
    // acquire [watch_key]: the key that its maker registered.
    uintptr_t key = swap_acquire(&watch_key, 0);

    if (key != 0)
        pthread_key_delete((pthread_key_t)(key - 1));
}

int rp_os_errno_of(enum rp_os_error error) {
    static const int values[] = {
        [RP_OS_OUT_OF_MEMORY] = ENOMEM,
        [RP_OS_BAD_ARGUMENT] = EINVAL,
        [RP_OS_TRY_AGAIN] = EAGAIN,
    };

    return values[error];
}

int rp_os_errno(void) {
    int now = os_enter();

    os_leave(now);
    return now;
}

void rp_os_set_errno(int value) {
    os_enter();
    os_leave(value);
}

const char *rp_os_environment(const char *name) {
    return getenv(name);
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
