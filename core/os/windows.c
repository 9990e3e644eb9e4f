// windows.c - fulfils os.h by VirtualAlloc, and thread ends by fiber-local
// storage.
//
// An address from VirtualAlloc is a multiple of 64 KiB, so every alignment that
// os.h allows comes by itself. Memory that is decommitted must be committed
// again, which fails when the system has promised all it has.
//
// The program's own functions for memory are found at link time, in a static
// library: the weak definition here yields to the program's. A DLL cannot look
// into the program that loads it: there, rpmalloc_initialize_config tells.
#include "core/os/os.h"

#include "core/base/atomic.h"
#include "core/rpmalloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#if !defined(__clang__)
#error "gcc emulates thread-local data on Windows, with a lock: CC='clang \
--target=x86_64-w64-mingw32'"
#endif

static void *no_allocate(size_t size) {
    (void)size;
    return NULL;
}

static void no_deallocate(void *pointer) {
    (void)pointer;
}

void *rpmalloc_allocate_memory_external(size_t size)
    __attribute__((weak, alias("no_allocate")));
void rpmalloc_deallocate_memory_external(void *pointer)
    __attribute__((weak, alias("no_deallocate")));

const struct rp_os_external rp_os_external = {
    .allocate = rpmalloc_allocate_memory_external,
    .deallocate = rpmalloc_deallocate_memory_external,
    .no_allocate = no_allocate,
    .no_deallocate = no_deallocate,
};

size_t rp_os_page_bytes(void) {
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return info.dwPageSize;
}

// The errno value for how a function of the system went.
static int error_unless(int is_good) {
    return is_good ? 0 : ENOMEM;
}

int rp_os_map(size_t size, size_t align, void **result) {
    void *address =
        VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);

    (void)align; // see above
    if (address != NULL)
        *result = address;
    return error_unless(address != NULL);
}

int rp_os_unmap(void *address, size_t size) {
    (void)size; // the system knows
    return error_unless(VirtualFree(address, 0, MEM_RELEASE) != 0);
}

int rp_os_is_divisible(void) {
    return 0;
}

int rp_os_decommit(void *address, size_t size) {
    return error_unless(VirtualFree(address, size, MEM_DECOMMIT) != 0);
}

int rp_os_commit(void *address, size_t size) {
    return error_unless(
        VirtualAlloc(address, size, MEM_COMMIT, PAGE_READWRITE) != NULL);
}

int rp_os_resize(void *address, size_t from, size_t to, size_t align,
                 void **result) {
    (void)address, (void)from, (void)to, (void)align, (void)result;
    return rp_os_errno_of(RP_OS_BAD_ARGUMENT); // cannot be had here
}

int rp_os_discard(void *address, size_t size) {
    return error_unless(
        VirtualAlloc(address, size, MEM_RESET, PAGE_READWRITE) != NULL);
}

size_t rp_os_huge_page_bytes(void) {
    return 0; // takes a privilege, and a mapping of its own
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

// An index of fiber-local storage, whose callback the system calls at the end
// of a thread, and of a fiber. It is made by whoever comes first; who loses the
// race frees its own. 0: none yet, otherwise the index + 1. Where no index is
// left, threads are not watched.
static _Atomic(DWORD) watch_index;

static void WINAPI watch_callback(void *at_exit) {
    ((void (*)(void))(uintptr_t)at_exit)();
}

void rp_os_watch_thread(void (*at_exit)(void)) {
    // acquire [watch_index]: the index that its maker registered.
    DWORD index = load_acquire(&watch_index);

    if (index == 0) {
        DWORD made = FlsAlloc(watch_callback);
        if (made == FLS_OUT_OF_INDEXES)
            return;
        // release [watch_index]: the registered index.
        if (cas_strong_acq_rel(&watch_index, &index, made + 1))
            index = made + 1;
        else
            FlsFree(made);
    }
    FlsSetValue(index - 1, (void *)(uintptr_t)at_exit);
}

// The system calls the callback here, once for each thread that is watched.
void rp_os_unwatch_threads(void) {
    // acquire [watch_index]: the index that its maker registered.
    DWORD index = swap_acquire(&watch_index, 0);

    if (index != 0)
        FlsFree(index - 1);
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
    return errno;
}

void rp_os_set_errno(int value) {
    errno = value;
}

const char *rp_os_environment(const char *name) {
    return getenv(name);
}

void rp_os_complain(const char *part1, const char *part2) {
    const char *parts[] = {part1, part2, "\n"};
    HANDLE out = GetStdHandle(STD_ERROR_HANDLE);

    for (unsigned i = 0; i < 3; ++i) {
        DWORD written;
        WriteFile(out, parts[i], (DWORD)strlen(parts[i]), &written, NULL);
    }
}

void rp_os_abort(void) {
    abort();
}
