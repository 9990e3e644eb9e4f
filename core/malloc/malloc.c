// malloc.c - the malloc family of C, for preloading and linking.
//
// The names of the C library, with its manners: errno on failure, realloc to
// 0 bytes frees, posix_memalign leaves errno alone. C++ is in cxx.c.
#include "core/api/entry.h"
#include "core/malloc/sized.h"
#include "core/os/os.h"
#include "core/rpmalloc.h"

#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT void *malloc(size_t size);
EXPORT void free(void *block);
EXPORT void *calloc(size_t count, size_t size);
EXPORT void *realloc(void *block, size_t size);
EXPORT void *reallocarray(void *block, size_t count, size_t size);
EXPORT void *aligned_alloc(size_t alignment, size_t size);
EXPORT void *memalign(size_t alignment, size_t size);
EXPORT int posix_memalign(void **result, size_t alignment, size_t size);
EXPORT void *valloc(size_t size);
EXPORT void *pvalloc(size_t size);
EXPORT size_t malloc_usable_size(void *block);
EXPORT void free_sized(void *block, size_t size);
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size);

void *malloc(size_t size) {
    return block_malloc(size, rp_thread_heap);
}

void free(void *block) {
    block_free(block);
}

void *calloc(size_t count, size_t size) {
    return rpcalloc(count, size);
}

// Not inlined: valgrind's memcheck leads its callers elsewhere by its address,
// and reallocarray has to go along.
__attribute__((noinline)) void *realloc(void *block, size_t size) {
    if (size == 0 && block != NULL) {
        block_free(block);
        return NULL;
    }
    return rprealloc(block, size);
}

void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
        return NULL;
    }
    return realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return rpaligned_alloc(alignment, size);
}

// Any alignment, as glibc takes it: the next power of two.
void *memalign(size_t alignment, size_t size) {
    size_t power = BLOCK_ALIGN;

    while (power < alignment && power <= SIZE_MAX / 2)
        power *= 2;
    // What no power reaches is refused as it is.
    return rpaligned_alloc(power >= alignment ? power : alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    return rpposix_memalign(result, alignment, size);
}

void *valloc(size_t size) {
    return rpaligned_alloc(rp_os_page_bytes(), size);
}

void *pvalloc(size_t size) {
    size_t page = rp_os_page_bytes();

    // A size that wraps when rounded up is refused as it is.
    return rpaligned_alloc(page,
                           size <= PTRDIFF_MAX ? round_up(size, page) : size);
}

size_t malloc_usable_size(void *block) {
    return rpmalloc_usable_size(block);
}

void free_sized(void *block, size_t size) {
    if (rp_is_checked() && block != NULL) {
        rp_checked_free(block, &(struct rp_return){"free_sized",
                                                   RP_FAMILY_MALLOC, size, 0});
        return;
    }
    if (IS_SIZE_CHECKED && block != NULL)
        rp_sized_check("free_sized", block, size);
    (void)size;
    block_free(block);
}

void free_aligned_sized(void *block, size_t alignment, size_t size) {
    if (rp_is_checked() && block != NULL) {
        rp_checked_free(block,
                        &(struct rp_return){"free_aligned_sized",
                                            RP_FAMILY_MALLOC, size, alignment});
        return;
    }
    if (IS_SIZE_CHECKED && block != NULL)
        rp_sized_check_aligned("free_aligned_sized", block, alignment, size);
    (void)alignment, (void)size;
    block_free(block);
}
