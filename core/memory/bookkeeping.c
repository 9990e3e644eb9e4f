// bookkeeping.c - a lock-free bump allocator that never frees.
#include "core/memory/bookkeeping.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/hook.h"
#include "core/memory/memory.h"
#include "core/os/os.h"

#include <stdint.h>

enum { LINE = 64, REGION_BYTES = 128 * 1024 };

// Stands at the first whole line of its memory, which may start anywhere.
struct region {
    void *memory;         // as it was obtained; constant
    struct region *older; // constant once published
    size_t room;          // bytes after this header; constant
    _Atomic(size_t) used; // of these; goes past `room` when it is full
};

static _Atomic(struct region *) newest;

static struct region *region_map(void) {
    char *memory = rp_memory_map(REGION_BYTES, rp_os_page_bytes());

    if (memory == NULL)
        return NULL;
    if (!rp_memory_is_paged())
        __builtin_memset(memory, 0, REGION_BYTES);

    size_t lead = round_up((uintptr_t)memory, LINE) - (uintptr_t)memory;
    struct region *r = (struct region *)(memory + lead);
    r->memory = memory;
    r->room = REGION_BYTES - lead - LINE;
    return r;
}

void *rp_bookkeeping_alloc(size_t bytes) {
    bytes = round_up(bytes, LINE);
    for (;;) {
        // acquire [newest]: the header of the region.
        struct region *r = load_acquire(&newest);
        if (r != NULL) {
            // relaxed: the number alone decides who has which bytes.
            size_t at = add_relaxed(&r->used, bytes);
            if (at + bytes <= r->room)
                return (char *)r + LINE + at;
        }
        struct region *more = region_map();
        if (more == NULL)
            return NULL;
        more->older = r;
        // release [newest]: the header of the region.
        if (cas_strong_acq_rel(&newest, &r, more))
            rp_on_bookkeeping_map(more->memory, REGION_BYTES);
        else
            rp_memory_unmap(more->memory, REGION_BYTES);
    }
}

void rp_bookkeeping_finalize(void) {
    // relaxed: the caller vouches that no other thread is here.
    struct region *r = load_relaxed(&newest);

    store_relaxed(&newest, NULL); // relaxed: as above
    while (r != NULL) {
        struct region *older = r->older;
        rp_on_bookkeeping_unmap(r->memory, REGION_BYTES);
        rp_memory_unmap(r->memory, REGION_BYTES);
        r = older;
    }
}

size_t rp_bookkeeping_mapped(void) {
    size_t bytes = 0;

    // acquire [newest]: the header of the region.
    for (struct region *r = load_acquire(&newest); r != NULL; r = r->older)
        bytes += REGION_BYTES;
    return bytes;
}

void rp_bookkeeping_replay(void) {
    // acquire [newest]: the header of the region.
    for (struct region *r = load_acquire(&newest); r != NULL; r = r->older)
        rp_on_bookkeeping_map(r->memory, REGION_BYTES);
}
