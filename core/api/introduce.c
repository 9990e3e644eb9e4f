// introduce.c - which library this is: asked by the program, or told on stderr
// when the environment wishes so.
#include "core/hook.h"
#include "core/os/os.h"
#include "core/rpmalloc.h"

#define RELEASE "release"
#define INSTRUMENTED "instrumented"

#ifndef RPSCOPE_VERSION // whoever builds these files without SConstruct
#define RPSCOPE_VERSION "of unknown version"
#endif

const char *rpmalloc_variant(void) {
    return RP_IS_OBSERVED ? INSTRUMENTED : RELEASE;
}

const char *rpmalloc_version(void) {
    return RPSCOPE_VERSION;
}

// When the library is loaded. The observer has more to tell.
static __attribute__((constructor)) void introduce(void) {
    const char *wish = rp_os_environment("RPSCOPE_VERBOSE");

    if (wish == NULL || wish[0] != '1' || wish[1] != 0)
        return;
    rp_on_introduce(RPSCOPE_VERSION ", " INSTRUMENTED "; ");
    if (!RP_IS_OBSERVED)
        rp_os_complain("rpscope: ", RPSCOPE_VERSION ", " RELEASE);
}
