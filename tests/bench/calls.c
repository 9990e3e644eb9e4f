// calls.c - a library to preload that counts the calls of the malloc family.
//
// What recorders leave on disk and add in time is divided by this count, which
// depends on none of them: one for each block made and one for each block
// freed; a realloc of a block is one. At exit, each process adds a line with
// its count to the file named by BENCH_CALLS.
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

#define SHOWN __attribute__((visibility("default")))

static atomic_ulong calls;

// relaxed: a sum; nothing is read by it.
static void count(void) {
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

SHOWN void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

SHOWN void free(void *block) {
    if (block) {
        count();
        __libc_free(block);
    }
}

SHOWN void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

SHOWN void *realloc(void *block, size_t size) {
    count();
    return __libc_realloc(block, size);
}

SHOWN void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

SHOWN void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

SHOWN int posix_memalign(void **result, size_t alignment, size_t size) {
    int kept = errno;
    void *block = memalign(alignment, size);
    errno = kept;
    if (!block) {
        return ENOMEM;
    }
    *result = block;
    return 0;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("BENCH_CALLS");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0644) : -1;
    if (file >= 0) {
        dprintf(file, "%lu\n",
                atomic_load_explicit(&calls, memory_order_relaxed));
        close(file);
    }
}
