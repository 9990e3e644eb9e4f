// no_alloc.c - parts of the program in which a thread means not to allocate.
#include "core/hook.h"
#include "core/rpmalloc.h"

void rpmalloc_no_alloc_begin(void) {
    if (rp_is_checked())
        rp_check_no_alloc(1);
}

void rpmalloc_no_alloc_end(void) {
    if (rp_is_checked())
        rp_check_no_alloc(-1);
}
