// cfi_linux.c - where a file's unwind table is, by glibc.
//
// _dl_find_object is what the run-time of C++ uses for exceptions: a search in
// tables that the loader replaces as a whole, without a lock.
#include "instrument/stack/cfi.h"

#include "instrument/os/glibc.h"

// The file that this code is in.
extern const uint8_t __ehdr_start[] __attribute__((visibility("hidden")));
extern const uint8_t _end[] __attribute__((visibility("hidden")));

bool rp_cfi_is_file(uint64_t pc) {
    struct dl_find_object file;

    return _dl_find_object((void *)(uintptr_t)pc, &file) == 0;
}

struct rp_rule rp_cfi_rule(uint64_t pc) {
    struct rp_rule rule = {.kind = RP_RULE_NOWHERE};
    struct dl_find_object file;

    if (_dl_find_object((void *)(uintptr_t)pc, &file) != 0)
        return rule;
    const uint8_t *start = file.dlfo_map_start, *end = file.dlfo_map_end;
    // Of a program without a loader, glibc knows only where the code is.
    if (start >= __ehdr_start && start < _end) {
        start = __ehdr_start;
        end = _end;
    }
    rule.kind = RP_RULE_HARD; // libunwind needs no table; gcc -static has none
    if (file.dlfo_eh_frame != NULL)
        rule = rp_cfi_read(pc, file.dlfo_eh_frame, start, end);
    rule.is_loader = file.dlfo_link_map != NULL &&
                     file.dlfo_link_map->l_addr == _r_debug.r_ldbase;
    return rule;
}
