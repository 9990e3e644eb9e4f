// next.h - the C library's own function, behind one of ours of the same name.
#ifndef RP_CORE_MALLOC_NEXT_H
#define RP_CORE_MALLOC_NEXT_H

#include "core/base/atomic.h"

#include <dlfcn.h>
#include <stdint.h>

// Looks it up in the libraries behind this one, the first time. found: where it
// is kept, at first 0.
static inline uintptr_t next_function(_Atomic(uintptr_t) *found,
                                      const char *name) {
    // relaxed, both: whoever looks it up finds the same
    uintptr_t function = load_relaxed(found);

    if (function == 0) {
        function = (uintptr_t)dlsym(RTLD_NEXT, name);
        store_relaxed(found, function);
    }
    return function;
}

#endif
