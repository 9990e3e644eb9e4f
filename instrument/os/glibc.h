// glibc.h - what the recorder needs of the C library and only glibc has.
//
// These are weak: a program of another C library inherits the preload of the
// one that starts it, and has to start. Where they are missing nothing is
// recorded (rp_glibc_is_there), so nobody else looks. The static library needs
// them all the same, by glibc_static.c.
#ifndef RP_INSTRUMENT_OS_GLIBC_H
#define RP_INSTRUMENT_OS_GLIBC_H

#include <dlfcn.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/single_threaded.h>

#pragma weak _dl_find_object
#pragma weak _r_debug
#pragma weak __libc_single_threaded
#pragma weak strerrordesc_np

// What pthread_atfork calls, which is in no shared library.
extern int rp_glibc_register_atfork(void (*before)(void),
                                    void (*in_parent)(void),
                                    void (*in_child)(void),
                                    void *library) __asm__("__register_atfork");
#pragma weak rp_glibc_register_atfork

static inline bool rp_glibc_is_there(void) {
    return _dl_find_object != NULL && &_r_debug != NULL &&
           &__libc_single_threaded != NULL && strerrordesc_np != NULL &&
           rp_glibc_register_atfork != NULL;
}

#endif
