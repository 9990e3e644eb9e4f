// embedder.c - see embedder.h.
#include "tests/core/embedder.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, JUNK = 0xa5, START = 256 * 1024, TAG = 0x5eed };

// Stands in a page of its own before the memory; stays readable.
struct region {
    size_t bytes; // of the mapping after this page
    size_t size;  // as asked for
    _Atomic(size_t) is_out;
    size_t tag;
    void *pointer;
};

struct embedder embedder;

void embedder_reset(size_t offset) {
    memset((void *)&embedder, 0, sizeof embedder);
    embedder.offset = offset;
}

size_t embedder_outstanding(void) {
    return load_relaxed(&embedder.calls) - load_relaxed(&embedder.failures) -
           load_relaxed(&embedder.returns);
}

static void *fail(void) {
    add_relaxed(&embedder.failures, 1);
    errno = embedder.errno_value;
    return NULL;
}

static void *embedder_allocate(size_t size) {
    size_t call = add_relaxed(&embedder.calls, 1);
    size_t bytes = (embedder.offset + size + PAGE - 1) / PAGE * PAGE;

    if (call - embedder.fail_at < embedder.fail_count || size > PTRDIFF_MAX)
        return fail();
    if (embedder.most_live != 0 &&
        load_relaxed(&embedder.live) + size > embedder.most_live)
        return fail();
    char *memory = mmap(NULL, PAGE + bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return fail();
    // Not zero, as memory from an embedder may be. Of much, the start only.
    char *pointer = memory + PAGE + embedder.offset;
    memset(pointer, JUNK, size < START ? size : START);
    struct region *region = (struct region *)memory;
    region->bytes = bytes;
    region->size = size;
    region->tag = TAG;
    region->pointer = pointer;
    store_relaxed(&region->is_out, 1);
    add_relaxed(&embedder.live, size);
    add_relaxed(&embedder.asked, size);
    errno = embedder.errno_value;
    return pointer;
}

static void embedder_deallocate(void *pointer) {
    struct region *region =
        (struct region *)((uintptr_t)pointer - PAGE - embedder.offset);

    add_relaxed(&embedder.returns, 1);
    if (region->tag != TAG || region->pointer != pointer ||
        swap_relaxed(&region->is_out, 0) == 0) {
        add_relaxed(&embedder.mistakes, 1);
        return;
    }
    sub_relaxed(&embedder.live, region->size);
    // Keeps the addresses, so that they never come back; drops the memory.
    void *first = (char *)region + PAGE;
    if (madvise(first, region->bytes, MADV_DONTNEED) != 0 ||
        mprotect(first, region->bytes, PROT_NONE) != 0)
        add_relaxed(&embedder.mistakes, 1);
    errno = embedder.errno_value;
}

struct rpmalloc_config embedder_config(void) {
    return (struct rpmalloc_config){
        .allocate_memory = embedder_allocate,
        .deallocate_memory = embedder_deallocate,
    };
}
