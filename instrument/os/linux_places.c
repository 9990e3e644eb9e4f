// linux_places.c - see places.h: /proc/self/maps.
#include "instrument/os/places.h"

#include "instrument/os/system.h"

#include <elf.h>
#include <link.h>
#include <string.h>

enum { ROOM = 8 << 20 };

bool rp_places_read(struct rp_places *places) {
    int file;

    *places = (struct rp_places){.room = ROOM};
    places->text = rp_system_map(ROOM, RP_MAP_OWN);
    if (places->text == NULL)
        return false;
    if (rp_system_open("/proc/self/maps", &file) != 0)
        return false;
    size_t got;
    while (places->bytes < ROOM - 1 &&
           (got = rp_system_read_at(file, places->text + places->bytes,
                                    ROOM - 1 - places->bytes, places->bytes)) >
               0)
        places->bytes += got;
    rp_system_close(file);
    return places->bytes != 0;
}

void rp_places_drop(struct rp_places *places) {
    if (places->text != NULL)
        rp_system_unmap(places->text, places->room);
    places->text = NULL;
}

static uint64_t read_hex(const char **at) {
    uint64_t value = 0;

    for (;; (*at)++) {
        char c = **at;
        if (c >= '0' && c <= '9')
            value = value * 16 + (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uint64_t)(c - 'a' + 10);
        else
            return value;
    }
}

// "start-end rwxp offset device inode   name"
bool rp_places_next(const struct rp_places *places, size_t *at,
                    struct rp_mapped *place) {
    if (places->text == NULL || *at >= places->bytes)
        return false;
    const char *line = places->text + *at;
    const char *end = memchr(line, '\n', places->bytes - *at);
    if (end == NULL)
        return false;
    *at += (size_t)(end - line) + 1;
    place->start = read_hex(&line);
    line++;
    place->end = read_hex(&line);
    line++;
    place->is_readable = line[0] == 'r';
    place->is_writable = line[1] == 'w';
    place->is_private = line[3] == 'p';
    for (int fields = 0; fields < 4 && line < end; line++)
        fields += *line == ' ';
    while (line < end && *line == ' ')
        line++;
    place->name = line;
    place->name_bytes = (size_t)(end - line);
    return true;
}

bool rp_places_find(const struct rp_places *places, uint64_t address,
                    struct rp_mapped *place) {
    size_t at = 0;

    while (rp_places_next(places, &at, place))
        if (address >= place->start && address < place->end)
            return true;
    return false;
}

// The address that the file wants to be loaded at, 0 for most.
static uint64_t wanted_start(const ElfW(Ehdr) * header) {
    const ElfW(Phdr) *part =
        (const void *)((const char *)header + header->e_phoff);

    for (unsigned i = 0; i < header->e_phnum; i++)
        if (part[i].p_type == PT_LOAD)
            return part[i].p_vaddr - part[i].p_offset;
    return 0;
}

bool rp_places_in_file(const struct rp_places *places, uint64_t address,
                       struct rp_mapped *place, uint64_t *own) {
    struct rp_mapped first;
    size_t at = 0;

    if (!rp_places_find(places, address, place) || place->name_bytes == 0 ||
        place->name[0] != '/')
        return false;
    while (rp_places_next(places, &at, &first)) {
        if (first.name_bytes != place->name_bytes ||
            memcmp(first.name, place->name, place->name_bytes) != 0)
            continue;
        const ElfW(Ehdr) *header = (const void *)(uintptr_t)first.start;
        if (!first.is_readable || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
            return false;
        *own = address - first.start + wanted_start(header);
        return true;
    }
    return false;
}
