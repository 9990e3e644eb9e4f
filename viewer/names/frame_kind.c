// frame_kind.c - which frames of a stack are no answer to "who did this?"
#include "viewer/names/frame_kind.h"

#include <fnmatch.h>
#include <string.h>

#include "viewer/base/text.h"
#include "viewer/names/short_name.h"

// Files by the last part of their path.
static const struct {
    const char *pattern;
    enum frame_kind kind;
} modules[] = {
    {"librpscope*.so*", FRAME_ALLOCATOR}, {"libc.so*", FRAME_LIBRARY},
    {"libc-*.so", FRAME_LIBRARY},         {"ld-linux*.so*", FRAME_LIBRARY},
    {"ld-2*.so", FRAME_LIBRARY},          {"ld-musl*.so*", FRAME_LIBRARY},
    {"libpthread.so*", FRAME_LIBRARY},    {"libpthread-*.so", FRAME_LIBRARY},
    {"libdl.so*", FRAME_LIBRARY},         {"librt.so*", FRAME_LIBRARY},
    {"libm.so*", FRAME_LIBRARY},          {"libstdc++.so*", FRAME_LIBRARY},
    {"libc++.so*", FRAME_LIBRARY},        {"libc++abi.so*", FRAME_LIBRARY},
    {"libgcc_s.so*", FRAME_LIBRARY},
};

// Functions by name, without return type; for allocators in the program itself
// and for what the compiler put into it from headers.
static const struct {
    const char *pattern;
    enum frame_kind kind;
} functions[] = {
    {"reallocarray", FRAME_ALLOCATOR},
    {"aligned_alloc", FRAME_ALLOCATOR},
    {"posix_memalign", FRAME_ALLOCATOR},
    {"memalign", FRAME_ALLOCATOR},
    {"valloc", FRAME_ALLOCATOR},
    {"pvalloc", FRAME_ALLOCATOR},
    {"operator new", FRAME_ALLOCATOR},
    {"operator new(*", FRAME_ALLOCATOR},
    {"operator new\\[\\]*", FRAME_ALLOCATOR},
    {"_Znwm*", FRAME_ALLOCATOR},
    {"_Znam*", FRAME_ALLOCATOR},
    {"rpaligned_alloc", FRAME_ALLOCATOR},
    {"rpaligned_realloc", FRAME_ALLOCATOR},
    {"rpmemalign", FRAME_ALLOCATOR},
    {"rpposix_memalign", FRAME_ALLOCATOR},
    {"rpmalloc_heap_*", FRAME_ALLOCATOR},
    {"rp_on_*", FRAME_ALLOCATOR},
    {"rp_heap_*", FRAME_ALLOCATOR},
    {"rp_alloc_*", FRAME_ALLOCATOR},
    {"rp_stack_*", FRAME_ALLOCATOR},
    // Wrappers that programs put around malloc: zmalloc, xrealloc, ...
    {"*malloc", FRAME_ALLOCATOR},
    {"*calloc", FRAME_ALLOCATOR},
    {"*realloc", FRAME_ALLOCATOR},
    {"*malloc0", FRAME_ALLOCATOR},
    {"*alloc_usable", FRAME_ALLOCATOR},
    {"*alloc_n", FRAME_ALLOCATOR},
    {"*strdup", FRAME_ALLOCATOR},
    {"*strndup", FRAME_ALLOCATOR},
    {"*memdup", FRAME_ALLOCATOR},
    {"std::*", FRAME_LIBRARY},
    {"__gnu_cxx::*", FRAME_LIBRARY},
    {"_ZSt*", FRAME_LIBRARY},
    {"_ZNSt*", FRAME_LIBRARY},
    {"_ZNKSt*", FRAME_LIBRARY},
};

// Sources by path: functions of the C++ library that were inlined.
static const char *const sources[] = {"/usr/include/c++/*", "*/include/c++/*",
                                      "*/libstdc++-v3/*"};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum frame_kind frame_kind(const struct frame *frame, const char *const *skip,
                           size_t skip_count) {
    if (frame->module) {
        const char *name = text_base_name(frame->module);
        for (size_t i = 0; i < LENGTH(modules); i++)
            if (fnmatch(modules[i].pattern, name, 0) == 0)
                return modules[i].kind;
    }
    if (frame->function) {
        const char *name = short_start(frame->function);
        for (size_t i = 0; i < LENGTH(functions); i++)
            if (fnmatch(functions[i].pattern, name, 0) == 0)
                return functions[i].kind;
        for (size_t i = 0; i < skip_count; i++)
            if (fnmatch(skip[i], name, 0) == 0)
                return FRAME_LIBRARY;
    }
    for (size_t i = 0; frame->file && i < LENGTH(sources); i++)
        if (fnmatch(sources[i], frame->file, 0) == 0)
            return FRAME_LIBRARY;
    return FRAME_USER;
}
