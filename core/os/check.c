// check.c - the last words.
#include "core/os/check.h"
#include "core/os/os.h"

void rp_fatal(const char *message) {
    rp_os_complain("rpmalloc: ", message);
    rp_os_abort();
}
