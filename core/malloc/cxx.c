// cxx.c - operator new and delete of C++, in all their forms.
//
// Written in C under the mangled names of the Itanium ABI, so that the library
// needs no C++ runtime; where the program has one, a failed throwing new calls
// its new-handler and throws std::bad_alloc through it.
#include "core/api/entry.h"
#include "core/malloc/sized.h"
#include "core/os/check.h"
#include "core/rpmalloc.h"

#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

#if defined(__LP64__)
#define SIZE "m" // how size_t is mangled
#else
#define SIZE "j"
#endif

typedef void new_handler(void);

// Of libstdc++; NULL in a program without it.
extern new_handler *get_new_handler(void) __asm__("_ZSt15get_new_handlerv")
    __attribute__((weak));
extern void throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv")
    __attribute__((weak));

static inline void *checked_new(size_t size, size_t alignment,
                                enum rp_family family) {
    const struct rp_request request = {
        .size = size,
        .alignment = alignment,
        .kind = alignment > BLOCK_ALIGN ? RP_ALLOC_ALIGNED : RP_ALLOC_MALLOC,
        .family = family,
    };

    return rp_checked_alloc(rp_thread_heap, &request);
}

// alignment: at most 16 for none.
static void *new_once(size_t size, size_t alignment) {
    if (rp_is_checked()) // what comes of it after a failure, is of any family
        return checked_new(size, alignment, RP_FAMILY_ANY);
    if (alignment > BLOCK_ALIGN)
        return rpaligned_alloc(alignment, size);
    return block_malloc(size, rp_thread_heap);
}

// What the standard asks of a failed new: call the handler, which may free
// memory or throw, and try again until there is no handler.
static __attribute__((cold, noinline)) void *new_failed(size_t size,
                                                        size_t alignment,
                                                        int may_throw) {
    for (;;) {
        new_handler *handler =
            get_new_handler != NULL ? get_new_handler() : NULL;
        if (handler == NULL)
            break;
        handler();
        void *block = new_once(size, alignment);
        if (block != NULL)
            return block;
    }
    if (!may_throw)
        return NULL;
    if (throw_bad_alloc != NULL)
        throw_bad_alloc();
    rp_fatal("operator new: out of memory, and no C++ runtime to throw");
}

static inline void *new_any(size_t size, size_t alignment, int may_throw,
                            enum rp_family family) {
    void *block = rp_is_checked() ? checked_new(size, alignment, family)
                                  : new_once(size, alignment);

    return RP_LIKELY(block != NULL) ? block
                                    : new_failed(size, alignment, may_throw);
}

#define NEW(name, mangled, family)                                             \
    EXPORT void *name(size_t size) __asm__("_Z" mangled SIZE);                 \
    void *name(size_t size) {                                                  \
        return new_any(size, 0, 1, family);                                    \
    }                                                                          \
    EXPORT void *name##_nothrow(size_t size, const void *tag) __asm__(         \
        "_Z" mangled SIZE "RKSt9nothrow_t");                                   \
    void *name##_nothrow(size_t size, const void *tag) {                       \
        (void)tag;                                                             \
        return new_any(size, 0, 0, family);                                    \
    }                                                                          \
    EXPORT void *name##_aligned(size_t size, size_t alignment) __asm__(        \
        "_Z" mangled SIZE "St11align_val_t");                                  \
    void *name##_aligned(size_t size, size_t alignment) {                      \
        return new_any(size, alignment, 1, family);                            \
    }                                                                          \
    EXPORT void *name##_aligned_nothrow(                                       \
        size_t size, size_t alignment,                                         \
        const void *tag) __asm__("_Z" mangled SIZE                             \
                                 "St11align_val_tRKSt9nothrow_t");             \
    void *name##_aligned_nothrow(size_t size, size_t alignment,                \
                                 const void *tag) {                            \
        (void)tag;                                                             \
        return new_any(size, alignment, 0, family);                            \
    }

NEW(cxx_new, "nw", RP_FAMILY_NEW)
NEW(cxx_new_array, "na", RP_FAMILY_NEW_ARRAY)

// What a size or an alignment says of a block that is not NULL.
static inline void check_size(const void *block, size_t size) {
    if (IS_SIZE_CHECKED && block != NULL)
        rp_sized_check_new(block, size);
}
static inline void check_aligned(const void *block, size_t size,
                                 size_t alignment) {
    if (IS_SIZE_CHECKED && block != NULL)
        rp_sized_check_aligned("delete", block, alignment, size);
}

// Every form of delete frees, whatever else it is told.
#define DELETE(name, mangled, call, family, size, alignment, check, ...)       \
    EXPORT void name(__VA_ARGS__) __asm__(mangled);                            \
    void name(__VA_ARGS__) {                                                   \
        if (rp_is_checked() && block != NULL) {                                \
            rp_checked_free(                                                   \
                block, &(struct rp_return){call, family, size, alignment});    \
            return;                                                            \
        }                                                                      \
        check;                                                                 \
        block_free(block);                                                     \
    }

#define DELETES(name, mangled, call, family)                                   \
    DELETE(name, "_Z" mangled "Pv", call, family, RP_UNSAID, 0, (void)0,       \
           void *block)                                                        \
    DELETE(name##_sized, "_Z" mangled "Pv" SIZE, call, family, size, 0,        \
           check_size(block, size), void *block, size_t size)                  \
    DELETE(name##_nothrow, "_Z" mangled "PvRKSt9nothrow_t", call, family,      \
           RP_UNSAID, 0, (void)tag, void *block, const void *tag)              \
    DELETE(name##_aligned, "_Z" mangled "PvSt11align_val_t", call, family,     \
           RP_UNSAID, alignment, check_aligned(block, 0, alignment),           \
           void *block, size_t alignment)                                      \
    DELETE(name##_sized_aligned, "_Z" mangled "Pv" SIZE "St11align_val_t",     \
           call, family, size, alignment,                                      \
           check_aligned(block, size, alignment), void *block, size_t size,    \
           size_t alignment)                                                   \
    DELETE(name##_aligned_nothrow,                                             \
           "_Z" mangled "PvSt11align_val_tRKSt9nothrow_t", call, family,       \
           RP_UNSAID, alignment,                                               \
           ((void)tag, check_aligned(block, 0, alignment)), void *block,       \
           size_t alignment, const void *tag)

DELETES(cxx_delete, "dl", "delete", RP_FAMILY_NEW)
DELETES(cxx_delete_array, "da", "delete[]", RP_FAMILY_NEW_ARRAY)
