// check.c - heap bugs that the program asks to be looked for.
#include "core/hook.h"
#include "core/rpmalloc.h"

const char *rpmalloc_check_start(const char *checks) {
    return rp_check_ask(checks);
}

int rpmalloc_check_leaks(void) {
    return rp_is_checked() ? rp_check_leaks() : -1;
}

void rpmalloc_no_alloc_begin(void) {
    if (rp_is_checked())
        rp_check_no_alloc(1);
}

void rpmalloc_no_alloc_end(void) {
    if (rp_is_checked())
        rp_check_no_alloc(-1);
}
