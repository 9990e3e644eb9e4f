// embedder.c - fulfils os.h without a system: for consoles, whose kits are
// secret, and wherever the program rules over all memory.
//
// Memory comes from the program's rpmalloc_allocate_memory_external and nowhere
// else, so the program must define it, and its counterpart. Of the C library,
// errno, abort and stderr are used. Nothing tells of the end of a thread: each
// calls rpmalloc_thread_reset before it ends.
#include "core/os/os.h"

#include "core/rpmalloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

const struct rp_os_external rp_os_external = {
    .allocate = rpmalloc_allocate_memory_external,
    .deallocate = rpmalloc_deallocate_memory_external,
    .no_allocate = NULL,
    .no_deallocate = NULL,
};

size_t rp_os_page_bytes(void) {
    return 4096; // the grain of requests; memory need not be aligned to it
}

// The rest of the memory functions is for memory that did not come from the
// program: there is none.
int rp_os_map(size_t size, size_t align, void **result) {
    (void)size, (void)align, (void)result;
    return ENOMEM;
}

int rp_os_unmap(void *address, size_t size) {
    (void)address, (void)size;
    return EINVAL;
}

int rp_os_is_divisible(void) {
    return 0;
}

int rp_os_decommit(void *address, size_t size) {
    (void)address, (void)size;
    return EINVAL;
}

int rp_os_commit(void *address, size_t size) {
    (void)address, (void)size;
    return ENOMEM;
}

int rp_os_resize(void *address, size_t from, size_t to, size_t align,
                 void **result) {
    (void)address, (void)from, (void)to, (void)align, (void)result;
    return rp_os_errno_of(RP_OS_BAD_ARGUMENT); // cannot be had here
}

int rp_os_discard(void *address, size_t size) {
    (void)address, (void)size;
    return EINVAL;
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

void rp_os_watch_thread(void (*at_exit)(void)) {
    (void)at_exit;
}

void rp_os_unwatch_threads(void) {}

int rp_os_errno_of(enum rp_os_error error) {
    static const int values[] = {
        [RP_OS_OUT_OF_MEMORY] = ENOMEM,
        [RP_OS_BAD_ARGUMENT] = EINVAL,
        [RP_OS_TRY_AGAIN] = EAGAIN,
    };

    return values[error];
}

int rp_os_errno(void) {
    return errno;
}

void rp_os_set_errno(int value) {
    errno = value;
}

const char *rp_os_environment(const char *name) {
    (void)name;
    return NULL;
}

void rp_os_complain(const char *part1, const char *part2) {
    fputs(part1, stderr); // which has no buffer
    fputs(part2, stderr);
    fputs("\n", stderr);
}

void rp_os_abort(void) {
    abort();
}
