// linux_loader.c - fulfils loader.h, by glibc.
//
// _dl_find_object is what the run-time of C++ uses for exceptions: a search in
// tables that the loader replaces as a whole, without a lock. It also says
// whether what was found in the list is a file that is loaded.
#include "instrument/os/loader.h"

#include "instrument/os/glibc.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/uio.h>

enum { PAGE = 4096, FILES_MOST = 1 << 16 };

// A piece for each page: what can be had before a hole is had.
static size_t copy(uint64_t from, void *to, size_t bytes) {
    struct iovec there[4], here = {to, bytes};
    unsigned count = 0;
    int saved = errno;

    for (uint64_t at = from; at < from + bytes && count < 4; count++) {
        uint64_t piece = PAGE - at % PAGE;
        if (piece > from + bytes - at)
            piece = from + bytes - at;
        there[count] = (struct iovec){(void *)(uintptr_t)at, piece};
        at += piece;
    }
    ssize_t had =
        process_vm_readv((pid_t)rp_system_process(), &here, 1, there, count, 0);
    errno = saved;
    return had > 0 ? (size_t)had : 0;
}

size_t rp_loader_read(const struct rp_loaded_file *file, uint64_t address,
                      void *to, size_t bytes) {
    if (file->may_go)
        return copy(address, to, bytes);
    memcpy(to, (const void *)(uintptr_t)address, bytes);
    return bytes;
}

static bool read_name(struct rp_loaded_file *file, const char *name) {
    size_t bytes = sizeof file->name - 1;

    if (name == NULL)
        bytes = 0;
    else if (!file->may_go)
        bytes = strnlen(name, bytes);
    size_t had = bytes == 0
                     ? 0
                     : rp_loader_read(file, (uintptr_t)name, file->name, bytes);
    file->name[had] = 0;
    return had > 0 || bytes == 0;
}

bool rp_loader_find(uint64_t address, struct rp_loaded_file *file) {
    struct dl_find_object found;

    if (_dl_find_object((void *)(uintptr_t)address, &found) != 0)
        return false;
    const struct link_map *map = found.dlfo_link_map;
    file->may_go = false;
    file->map = (uintptr_t)map;
    file->bias = map != NULL ? map->l_addr : 0;
    file->dynamic = map != NULL ? (uintptr_t)map->l_ld : 0;
    return read_name(file, map != NULL ? map->l_name : NULL);
}

// Where the file begins; 0: it is not loaded any more.
static uint64_t start_of(const struct rp_loaded_file *file) {
    struct dl_find_object found;

    if (_dl_find_object((void *)(uintptr_t)file->dynamic, &found) != 0 ||
        (uintptr_t)found.dlfo_link_map != file->map)
        return 0;
    return (uintptr_t)found.dlfo_map_start;
}

bool rp_loader_each(struct rp_loaded_file *file, void (*visit)(void *context),
                    void *context) {
    bool may_go = !__libc_single_threaded;

    // There is a list as soon as there is a loader, and the first in it stays.
    if (_r_debug.r_map == NULL || (may_go && rp_system_is_confined()))
        return false;
    file->map = (uintptr_t)_r_debug.r_map;
    file->may_go = may_go;
    for (unsigned i = 0; file->map != 0; i++) {
        struct link_map map;
        if (i == FILES_MOST ||
            rp_loader_read(file, file->map, &map, sizeof map) < sizeof map)
            return false;
        file->bias = map.l_addr;
        file->dynamic = (uintptr_t)map.l_ld;
        if (start_of(file) == 0 || !read_name(file, map.l_name))
            return false;
        visit(context);
        file->map = (uintptr_t)map.l_next;
    }
    return true;
}

// The headers of a program without a loader are where the kernel says.
static unsigned own_parts(ElfW(Phdr) * parts, unsigned most) {
    const void *own = (const void *)getauxval(AT_PHDR);
    unsigned count = (unsigned)getauxval(AT_PHNUM);

    if (own == NULL || count > most)
        return 0;
    memcpy(parts, own, count * sizeof *parts);
    return count;
}

unsigned rp_loader_parts(const struct rp_loaded_file *file, ElfW(Phdr) * parts,
                         unsigned most) {
    uint64_t start = file->map != 0 ? start_of(file) : 0;
    ElfW(Ehdr) header;

    if (start == 0)
        return file->may_go ? 0 : own_parts(parts, most);
    if (rp_loader_read(file, start, &header, sizeof header) < sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phnum > most)
        return 0;
    size_t bytes = header.e_phnum * sizeof *parts;
    return rp_loader_read(file, start + header.e_phoff, parts, bytes) == bytes
               ? header.e_phnum
               : 0;
}
