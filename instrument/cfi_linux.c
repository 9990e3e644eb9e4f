// cfi_linux.c - where a file's unwind table is, by glibc.
//
// _dl_find_object is what the run-time of C++ uses for exceptions: a search in
// tables that the loader replaces as a whole, without a lock.
#include "instrument/cfi.h"

#include <dlfcn.h>
#include <link.h>

struct rp_rule rp_cfi_rule(uint64_t pc) {
    struct rp_rule rule = {.kind = RP_RULE_NOWHERE};
    struct dl_find_object file;

    if (_dl_find_object((void *)(uintptr_t)pc, &file) != 0)
        return rule;
    rule.kind = RP_RULE_SILENT;
    if (file.dlfo_eh_frame != NULL)
        rule = rp_cfi_read(pc, file.dlfo_eh_frame, file.dlfo_map_start,
                           file.dlfo_map_end);
    rule.is_loader = file.dlfo_link_map != NULL &&
                     file.dlfo_link_map->l_addr == _r_debug.r_ldbase;
    return rule;
}
