// map.c - see map.h.
#include "instrument/verify/map.h"

#include "core/base/atomic.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void *mmap(void *address, size_t size, int access, int flags, int file,
                  off_t offset);

// Where the library behind lies, once a function of it is known.
static struct {
    uintptr_t from;
    uintptr_t to;
} behind;

static int find_behind(struct dl_phdr_info *object, size_t size,
                       void *function) {
    uintptr_t from = UINTPTR_MAX, to = 0;

    (void)size;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD)
            continue;
        from = start < from ? start : from;
        to = start + part->p_memsz > to ? start + part->p_memsz : to;
    }
    if ((uintptr_t)function < from || (uintptr_t)function >= to)
        return 0;
    behind.from = from;
    behind.to = to;
    return 1;
}

void rp_map_learn(void *function) {
    if (behind.to == 0)
        dl_iterate_phdr(find_behind, function);
}

static int is_behind(const void *address) {
    return (uintptr_t)address >= behind.from && (uintptr_t)address < behind.to;
}

static void *aside(size_t size) {
    enum { GRAIN = 64 << 10 };
    static _Atomic(uintptr_t) next = (uintptr_t)0x1000 << 32;

    // relaxed: a number
    return (void *)add_relaxed(&next, (size / GRAIN + 2) * GRAIN);
}

void *mmap(void *address, size_t size, int access, int flags, int file,
           off_t offset) {
    if (address == NULL && flags == (MAP_PRIVATE | MAP_ANONYMOUS) &&
        is_behind(__builtin_return_address(0)))
        address = aside(size);
    return (void *)syscall(SYS_mmap, address, size, access, flags, file,
                           offset);
}
