// build.c - which build of rpscope this is.
#include "viewer/index/build.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>

static size_t align(size_t bytes) {
    return (bytes + 3) & ~(size_t)3;
}

// The build id among the notes of a segment.
static bool find_note(const uint8_t *at, size_t left,
                      uint8_t build[BUILD_BYTES]) {
    ElfW(Nhdr) note;
    while (left >= sizeof note) {
        memcpy(&note, at, sizeof note);
        size_t name = align(note.n_namesz), bytes = align(note.n_descsz);
        if (name > left - sizeof note || bytes > left - sizeof note - name)
            return false;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof "GNU" &&
            memcmp(at + sizeof note, "GNU", sizeof "GNU") == 0) {
            size_t some =
                note.n_descsz < BUILD_BYTES ? note.n_descsz : BUILD_BYTES;
            memcpy(build, at + sizeof note + name, some);
            return true;
        }
        at += sizeof note + name + bytes;
        left -= sizeof note + name + bytes;
    }
    return false;
}

static int look(struct dl_phdr_info *info, size_t size, void *build) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE &&
            find_note((const uint8_t *)info->dlpi_addr + segment->p_vaddr,
                      segment->p_memsz, build))
            break;
    }
    return 1; // the program comes first, and is all that is asked for
}

void build_read(uint8_t build[BUILD_BYTES]) {
    memset(build, 0, BUILD_BYTES);
    dl_iterate_phdr(look, build);
}
