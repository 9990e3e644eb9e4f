// source.c - see source.h.
#include "tests/sequences/source.h"

#include "core/base/atomic.h"
#include "tests/sequences/live.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, JUNK = 0xa5, JUNK_BYTES = 192 << 10 };

// In a page of its own before the memory.
struct region {
    size_t bytes; // of the mapping, with this page
    size_t size;  // as asked for
    void *pointer;
};

static size_t memory_offset, most_calls;
static _Atomic(size_t) calls, bytes_out;

static void *give(size_t size) {
    size_t bytes = PAGE + (memory_offset + size + PAGE - 1) / PAGE * PAGE;

    // relaxed, here and below: counters
    if (most_calls != 0 && add_relaxed(&calls, 1) >= most_calls)
        return NULL;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    struct region *region = (struct region *)memory;
    *region = (struct region){bytes, size, memory + PAGE + memory_offset};
    memset(region->pointer, JUNK, size < JUNK_BYTES ? size : JUNK_BYTES);
    add_relaxed(&bytes_out, size);
    errno = EDOM; // what an embedder leaves there is not told
    return region->pointer;
}

static void take_back(void *pointer) {
    struct region *region =
        (struct region *)((uintptr_t)pointer - PAGE - memory_offset);

    LIVE_EXPECT(region->pointer == pointer,
                "the embedder gets back what it has not given");
    sub_relaxed(&bytes_out, region->size);
    LIVE_EXPECT(munmap(region, region->bytes) == 0, "munmap");
    errno = EDOM;
}

static void *map(void *user, size_t size) {
    LIVE_EXPECT(user == &calls, "the embedder's own pointer is another one");
    return give(size);
}

static void unmap(void *user, void *pointer, size_t size) {
    const struct region *region =
        (const struct region *)((uintptr_t)pointer - PAGE - memory_offset);

    LIVE_EXPECT(user == &calls, "the embedder's own pointer is another one");
    LIVE_EXPECT(region->size == size, "memory comes back with another size");
    take_back(pointer);
}

// What is decommitted may not be touched, and comes back with junk.
static int decommit(void *user, void *address, size_t size) {
    (void)user;
    LIVE_EXPECT((uintptr_t)address % (64 << 10) == 0 && size % (64 << 10) == 0,
                "other than whole spans are decommitted");
    return mprotect(address, size, PROT_NONE) == 0 ? 0 : EIO;
}

static int commit(void *user, void *address, size_t size) {
    (void)user;
    if (mprotect(address, size, PROT_READ | PROT_WRITE) != 0)
        return EIO;
    memset(address, JUNK, size);
    return 0;
}

void source_begin(enum source_kind kind, size_t offset, size_t most,
                  struct rpmalloc_config *config) {
    memory_offset = offset;
    most_calls = most;
    store_relaxed(&calls, 0);
    if (kind == SOURCE_FUNCTIONS) {
        config->allocate_memory = give;
        config->deallocate_memory = take_back;
    }
    if (kind == SOURCE_MAPS || kind == SOURCE_COMMITS) {
        config->user = &calls;
        config->map_memory = map;
        config->unmap_memory = unmap;
    }
    if (kind == SOURCE_COMMITS) {
        config->decommit_memory = decommit;
        config->commit_memory = commit;
    }
}

void source_end(void) {
    LIVE_EXPECT(load_relaxed(&bytes_out) == 0,
                "memory of the embedder is not given back");
}
