// glibc_static.c - in the static library alone: what is weak in glibc.h is
// needed.
//
// The linker takes nothing out of an archive, such as glibc's, for what is
// weak. One object that refers to it in the usual way is enough.
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/single_threaded.h>

extern int register_atfork(void (*before)(void), void (*in_parent)(void),
                           void (*in_child)(void),
                           void *library) __asm__("__register_atfork");
extern const void *const rp_glibc_needed[];
const void *const rp_glibc_needed[] = {
    (const void *)_dl_find_object, &_r_debug,
    &__libc_single_threaded,       (const void *)strerrordesc_np,
    (const void *)register_atfork,
};
