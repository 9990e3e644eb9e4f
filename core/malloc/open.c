// open.c - libraries that are to find their own functions first.
//
// RTLD_DEEPBIND lets a library find what it is linked with before what the
// program has. Its free would be the C library's, which knows nothing of the
// blocks that the program hands it. So it is left out. The call ends in a jump,
// so that the C library sees who has called, and looks where that caller would
// have it look (RUNPATH).
#include "core/malloc/next.h"

#define EXPORT __attribute__((visibility("default")))

typedef void *open_file(const char *file, int mode);
typedef void *open_file_in(Lmid_t list, const char *file, int mode);

EXPORT void *dlopen(const char *file, int mode);
EXPORT void *dlmopen(Lmid_t list, const char *file, int mode);

static _Atomic(uintptr_t) found_open, found_open_in;

void *dlopen(const char *file, int mode) {
    uintptr_t next = next_function(&found_open, "dlopen");

    return ((open_file *)next)(file, mode & ~RTLD_DEEPBIND);
}

// In a list of its own a library has a C library of its own, too.
void *dlmopen(Lmid_t list, const char *file, int mode) {
    uintptr_t next = next_function(&found_open_in, "dlmopen");

    if (list == LM_ID_BASE)
        mode &= ~RTLD_DEEPBIND;
    return ((open_file_in *)next)(list, file, mode);
}
