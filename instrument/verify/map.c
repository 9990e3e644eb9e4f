// map.c - keeps what the unwinder maps out of the program's way.
//
// A program may go by addresses: by those of its blocks, or of what it maps.
// The recorder maps its own memory far away, but libunwind, which is in its
// library, maps where the system likes, and so would move what comes later. It
// tells from core by its flags, from the program by who calls.
#include "instrument/verify/log.h"

#include "core/base/atomic.h"

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void *mmap(void *address, size_t size, int access, int flags, int file,
                  off_t offset);

static void *aside(size_t size) {
    enum { GRAIN = 64 << 10 };
    static _Atomic(uintptr_t) next = (uintptr_t)0x1000 << 32;

    // relaxed: a number
    return (void *)add_relaxed(&next, (size / GRAIN + 2) * GRAIN);
}

void *mmap(void *address, size_t size, int access, int flags, int file,
           off_t offset) {
    if (address == NULL && flags == (MAP_PRIVATE | MAP_ANONYMOUS) &&
        rp_witness_is_behind(__builtin_return_address(0)))
        address = aside(size);
    return (void *)syscall(SYS_mmap, address, size, access, flags, file,
                           offset);
}
