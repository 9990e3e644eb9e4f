// unwind_entries.c - where functions begin, by what tells how to unwind them.
#include "viewer/names/unwind_entries.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum {
    HEADER_BYTES = 12, // version, three encodings, place, count
    ENTRY_BYTES = 8,   // start, place
    VERSION = 1,
    // How the count and the table are written by every linker there is.
    COUNT = DW_EH_PE_udata4,
    TABLE = DW_EH_PE_datarel | DW_EH_PE_sdata4,
};

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static void read_table(struct unwind_entries *entries, const uint8_t *bytes,
                       size_t size, uint64_t address) {
    uint32_t count;
    if (size < HEADER_BYTES || bytes[0] != VERSION || bytes[2] != COUNT ||
        bytes[3] != TABLE || (bytes[1] & 0xf) == DW_EH_PE_absptr)
        return;
    memcpy(&count, bytes + 8, sizeof count);
    if (count > (size - HEADER_BYTES) / ENTRY_BYTES)
        return;
    entries->starts = memory_get(count * sizeof *entries->starts);
    entries->count = count;
    for (size_t i = 0; i < count; i++) {
        int32_t start;
        memcpy(&start, bytes + HEADER_BYTES + i * ENTRY_BYTES, sizeof start);
        entries->starts[i] = address + (uint64_t)(int64_t)start;
    }
    qsort(entries->starts, count, sizeof *entries->starts, compare);
}

void unwind_entries_read(struct unwind_entries *entries, Elf *elf) {
    size_t count;
    *entries = (struct unwind_entries){NULL, 0};
    if (!elf || elf_getphdrnum(elf, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header) ||
            header.p_type != PT_GNU_EH_FRAME)
            continue;
        const Elf_Data *data = elf_getdata_rawchunk(
            elf, (int64_t)header.p_offset, header.p_filesz, ELF_T_BYTE);
        if (data && data->d_buf)
            read_table(entries, data->d_buf, data->d_size, header.p_vaddr);
        return;
    }
}

void unwind_entries_free(struct unwind_entries *entries) {
    free(entries->starts);
}

uint64_t unwind_entries_find(const struct unwind_entries *entries,
                             uint64_t address) {
    size_t low = 0, high = entries->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (entries->starts[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? entries->starts[low - 1] : 0;
}
