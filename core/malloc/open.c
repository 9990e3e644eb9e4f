// open.c - libraries that are to find their own functions first.
//
// RTLD_DEEPBIND lets a library find what it is linked with before what the
// program has. Its free would be the C library's, which knows nothing of the
// blocks that the program hands it. So it is left out. The call ends in a jump,
// so that the C library sees who has called, and looks where that caller would
// have it look (RUNPATH).
#include "core/base/atomic.h"

#include <dlfcn.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

typedef void *open_file(const char *file, int mode);
typedef void *open_file_in(Lmid_t list, const char *file, int mode);

EXPORT void *dlopen(const char *file, int mode);
EXPORT void *dlmopen(Lmid_t list, const char *file, int mode);

static _Atomic(uintptr_t) found_open, found_open_in;

// The C library's own.
__attribute__((cold, noinline)) static uintptr_t find(_Atomic(uintptr_t) *found,
                                                      const char *name) {
    uintptr_t function = (uintptr_t)dlsym(RTLD_NEXT, name);

    store_relaxed(found, function); // relaxed: whoever finds it finds the same
    return function;
}

void *dlopen(const char *file, int mode) {
    uintptr_t next = load_relaxed(&found_open); // relaxed: as above

    if (next == 0)
        next = find(&found_open, "dlopen");
    return ((open_file *)next)(file, mode & ~RTLD_DEEPBIND);
}

// In a list of its own a library has a C library of its own, too.
void *dlmopen(Lmid_t list, const char *file, int mode) {
    uintptr_t next = load_relaxed(&found_open_in); // relaxed: as above

    if (next == 0)
        next = find(&found_open_in, "dlmopen");
    if (list == LM_ID_BASE)
        mode &= ~RTLD_DEEPBIND;
    return ((open_file_in *)next)(list, file, mode);
}
