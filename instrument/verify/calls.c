// calls.c - the malloc family, noted and passed on.
//
// Each function calls the one of its name in the library behind. A block that
// is freed is noted before, one that is allocated after.
#include "instrument/verify/log.h"

#include "core/base/atomic.h"

#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

// NEXT(type, name, parameters): `next` is the function behind.
// relaxed: all threads find the same.
#define NEXT(result, name, ...)                                                \
    static _Atomic(uintptr_t) found;                                           \
    uintptr_t at = load_relaxed(&found);                                       \
    if (__builtin_expect(at == 0, 0)) {                                        \
        at = (uintptr_t)rp_log_next(name);                                     \
        store_relaxed(&found, at);                                             \
    }                                                                          \
    result (*next)(__VA_ARGS__) = (result(*)(__VA_ARGS__))at

EXPORT void *malloc(size_t size);
EXPORT void free(void *block);
EXPORT void free_sized(void *block, size_t size);
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *block, size_t size);
EXPORT void *reallocarray(void *block, size_t count, size_t size);
EXPORT void *aligned_alloc(size_t alignment, size_t size);
EXPORT void *memalign(size_t alignment, size_t size);
EXPORT int posix_memalign(void **result, size_t alignment, size_t size);
EXPORT void *valloc(size_t size);
EXPORT void *pvalloc(size_t size);
EXPORT size_t malloc_usable_size(void *block);

static size_t product(size_t count, size_t size) {
    size_t bytes;

    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

void *malloc(size_t size) {
    NEXT(void *, "malloc", size_t);
    void *block = next(size);

    rp_log_note(CALL_LOG_MALLOC, block, size, 0, CALLER);
    return block;
}

void free(void *block) {
    NEXT(void, "free", void *);

    if (block != NULL)
        rp_log_note(CALL_LOG_FREE, block, 0, 0, CALLER);
    next(block);
}

// C23's forms do the same in the library behind.
void free_sized(void *block, __attribute__((unused)) size_t size) {
    NEXT(void, "free", void *);

    if (block != NULL)
        rp_log_note(CALL_LOG_FREE, block, 0, 0, CALLER);
    next(block);
}

void free_aligned_sized(void *block, __attribute__((unused)) size_t alignment,
                        __attribute__((unused)) size_t size) {
    NEXT(void, "free", void *);

    if (block != NULL)
        rp_log_note(CALL_LOG_FREE, block, 0, 0, CALLER);
    next(block);
}

void *calloc(size_t count, size_t size) {
    NEXT(void *, "calloc", size_t, size_t);
    void *block = next(count, size);

    rp_log_note(CALL_LOG_CALLOC, block, product(count, size), 0, CALLER);
    return block;
}

void *realloc(void *block, size_t size) {
    NEXT(void *, "realloc", void *, size_t);

    rp_log_note(CALL_LOG_REALLOC_OF, block, 0, 0, CALLER);
    void *result = next(block, size);
    rp_log_note(CALL_LOG_REALLOC, result, size, 0, CALLER);
    return result;
}

void *reallocarray(void *block, size_t count, size_t size) {
    NEXT(void *, "reallocarray", void *, size_t, size_t);

    rp_log_note(CALL_LOG_REALLOC_OF, block, 0, 0, CALLER);
    void *result = next(block, count, size);
    rp_log_note(CALL_LOG_REALLOC, result, product(count, size), 0, CALLER);
    return result;
}

void *aligned_alloc(size_t alignment, size_t size) {
    NEXT(void *, "aligned_alloc", size_t, size_t);
    void *block = next(alignment, size);

    rp_log_note(CALL_LOG_ALIGNED_ALLOC, block, size, alignment, CALLER);
    return block;
}

void *memalign(size_t alignment, size_t size) {
    NEXT(void *, "memalign", size_t, size_t);
    void *block = next(alignment, size);

    rp_log_note(CALL_LOG_MEMALIGN, block, size, alignment, CALLER);
    return block;
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    NEXT(int, "posix_memalign", void **, size_t, size_t);
    int error = next(result, alignment, size);

    rp_log_note(CALL_LOG_POSIX_MEMALIGN, error == 0 ? *result : NULL, size,
                alignment, CALLER);
    return error;
}

void *valloc(size_t size) {
    NEXT(void *, "valloc", size_t);
    void *block = next(size);

    rp_log_note(CALL_LOG_VALLOC, block, size, 0, CALLER);
    return block;
}

void *pvalloc(size_t size) {
    NEXT(void *, "pvalloc", size_t);
    void *block = next(size);

    rp_log_note(CALL_LOG_PVALLOC, block, size, 0, CALLER);
    return block;
}

size_t malloc_usable_size(void *block) {
    NEXT(size_t, "malloc_usable_size", void *);
    size_t size = next(block);

    rp_log_note(CALL_LOG_USABLE_SIZE, block, size, 0, CALLER);
    return size;
}

// ---- C++: mangled names of the Itanium ABI, as in core/malloc/cxx.c ----

#if defined(__LP64__)
#define SIZE "m" // how size_t is mangled
#else
#define SIZE "j"
#endif

#define NEW(name, kind, mangled)                                               \
    EXPORT void *name(size_t size) __asm__("_Z" mangled SIZE);                 \
    void *name(size_t size) {                                                  \
        NEXT(void *, "_Z" mangled SIZE, size_t);                               \
        void *block = next(size);                                              \
        rp_log_note(kind, block, size, 0, CALLER);                             \
        return block;                                                          \
    }                                                                          \
    EXPORT void *name##_nothrow(size_t size, const void *tag) __asm__(         \
        "_Z" mangled SIZE "RKSt9nothrow_t");                                   \
    void *name##_nothrow(size_t size, const void *tag) {                       \
        NEXT(void *, "_Z" mangled SIZE "RKSt9nothrow_t", size_t,               \
             const void *);                                                    \
        void *block = next(size, tag);                                         \
        rp_log_note(kind, block, size, 0, CALLER);                             \
        return block;                                                          \
    }                                                                          \
    EXPORT void *name##_aligned(size_t size, size_t alignment) __asm__(        \
        "_Z" mangled SIZE "St11align_val_t");                                  \
    void *name##_aligned(size_t size, size_t alignment) {                      \
        NEXT(void *, "_Z" mangled SIZE "St11align_val_t", size_t, size_t);     \
        void *block = next(size, alignment);                                   \
        rp_log_note(kind, block, size, alignment, CALLER);                     \
        return block;                                                          \
    }                                                                          \
    EXPORT void *name##_aligned_nothrow(                                       \
        size_t size, size_t alignment,                                         \
        const void *tag) __asm__("_Z" mangled SIZE                             \
                                 "St11align_val_tRKSt9nothrow_t");             \
    void *name##_aligned_nothrow(size_t size, size_t alignment,                \
                                 const void *tag) {                            \
        NEXT(void *, "_Z" mangled SIZE "St11align_val_tRKSt9nothrow_t",        \
             size_t, size_t, const void *);                                    \
        void *block = next(size, alignment, tag);                              \
        rp_log_note(kind, block, size, alignment, CALLER);                     \
        return block;                                                          \
    }

NEW(cxx_new, CALL_LOG_NEW, "nw")
NEW(cxx_new_array, CALL_LOG_NEW_ARRAY, "na")

// All forms of delete do the same in the library behind.
#define DELETE(name, kind, mangled, ...)                                       \
    EXPORT void name(__VA_ARGS__) __asm__(mangled);                            \
    void name(__VA_ARGS__) {                                                   \
        NEXT(void, "free", void *);                                            \
        if (block != NULL)                                                     \
            rp_log_note(kind, block, 0, 0, CALLER);                            \
        next(block);                                                           \
    }

#define DELETES(name, kind, mangled)                                           \
    DELETE(name, kind, "_Z" mangled "Pv", void *block)                         \
    DELETE(name##_sized, kind, "_Z" mangled "Pv" SIZE, void *block,            \
           __attribute__((unused)) size_t size)                                \
    DELETE(name##_nothrow, kind, "_Z" mangled "PvRKSt9nothrow_t", void *block, \
           __attribute__((unused)) const void *tag)                            \
    DELETE(name##_aligned, kind, "_Z" mangled "PvSt11align_val_t",             \
           void *block, __attribute__((unused)) size_t alignment)              \
    DELETE(name##_sized_aligned, kind,                                         \
           "_Z" mangled "Pv" SIZE "St11align_val_t", void *block,              \
           __attribute__((unused)) size_t size,                                \
           __attribute__((unused)) size_t alignment)                           \
    DELETE(name##_aligned_nothrow, kind,                                       \
           "_Z" mangled "PvSt11align_val_tRKSt9nothrow_t", void *block,        \
           __attribute__((unused)) size_t alignment,                           \
           __attribute__((unused)) const void *tag)

DELETES(cxx_delete, CALL_LOG_DELETE, "dl")
DELETES(cxx_delete_array, CALL_LOG_DELETE_ARRAY, "da")
