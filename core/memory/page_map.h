// page_map.h - what stands at an address, where the address alone must tell:
// the headers of spans that have none in front of their blocks.
//
// A tree of three levels over the addresses by 64 KiB. Its nodes are made when
// they are needed, and never given back before finalize. Of an address the
// lowest 48 bits count. What stands at an address has its lowest bit set; what
// no longer does is left there without, for the next one.
//
// Invariant: an entry is written only by who has the memory at its address; so
//            it is constant for whom a block there is told to.
// Progress:  reading and writing are wait-free, making nodes is lock-free as
//            bookkeeping.h is.
// ABA:       a place for a node is filled once.
#ifndef RP_CORE_MEMORY_PAGE_MAP_H
#define RP_CORE_MEMORY_PAGE_MAP_H

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/memory/span_size.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PAGE_MAP_BITS = 10, // of an address, that a node looks at
    PAGE_MAP_ENTRIES = 1 << PAGE_MAP_BITS,
    PAGE_MAP_ROOT = sizeof(void *) > 4 ? 4096 : 1,
    PAGE_MAP_STANDS = 1, // in an entry
};

struct page_map_node {
    _Atomic(void *) entries[PAGE_MAP_ENTRIES];
};

extern _Atomic(void *) rp_page_map_root[PAGE_MAP_ROOT];

static inline unsigned page_map_index(const void *address, unsigned level) {
    uint64_t at = (uint64_t)(uintptr_t)address >> SPAN_SHIFT;

    return (unsigned)(at >> level * PAGE_MAP_BITS) % PAGE_MAP_ENTRIES;
}
static inline _Atomic(void *) *page_map_top(const void *address) {
    uint64_t at = (uint64_t)(uintptr_t)address >> SPAN_SHIFT;

    return &rp_page_map_root[(at >> 2 * PAGE_MAP_BITS) % PAGE_MAP_ROOT];
}

// The leaf for an address, or NULL.
static inline struct page_map_node *page_map_leaf(const void *address) {
    // acquire [page map]: the node's zeroes.
    struct page_map_node *middle = load_acquire(page_map_top(address));

    // acquire [page map]: as above
    return middle != NULL
               ? load_acquire(&middle->entries[page_map_index(address, 1)])
               : NULL;
}

// What stands at an address of the leaf, or NULL.
static inline void *page_map_get_in(const struct page_map_node *leaf,
                                    const void *address) {
    // relaxed: who may ask was told of the block there, after it was written.
    char *what = load_relaxed(&leaf->entries[page_map_index(address, 0)]);

    return RP_LIKELY(((uintptr_t)what & PAGE_MAP_STANDS) != 0)
               ? what - PAGE_MAP_STANDS
               : NULL;
}

// What stands at the address, or NULL.
static inline void *page_map_get(const void *address) {
    struct page_map_node *leaf = page_map_leaf(address);

    return leaf != NULL ? page_map_get_in(leaf, address) : NULL;
}

// The leaf that a thread asked last, and which it is. That of the lowest
// addresses, where NULL is, is never it.
struct page_map_hint {
    uintptr_t key;
    struct page_map_node *leaf;
};
#define PAGE_MAP_NO_HINT                                                       \
    { UINTPTR_MAX, NULL }

static inline uintptr_t page_map_key(const void *address) {
    return (uintptr_t)address >> (SPAN_SHIFT + PAGE_MAP_BITS);
}

// What stands there, or was left there; or NULL.
static inline void *page_map_left(const void *address) {
    struct page_map_node *leaf = page_map_leaf(address);

    if (leaf == NULL)
        return NULL;
    // acquire [left]: what its last user did with it.
    void *what = load_acquire(&leaf->entries[page_map_index(address, 0)]);
    return (void *)((uintptr_t)what & ~(uintptr_t)PAGE_MAP_STANDS);
}

// What setting an entry may need, taken before, so that the setting cannot
// fail; what it did not need is given back for the next one.
struct page_map_nodes {
    struct page_map_node *node[2];
};
int rp_page_map_prepare(struct page_map_nodes *nodes); // 0: out of memory
void rp_page_map_done(const struct page_map_nodes *nodes);

// Puts `what`, an even address, at an address. nodes: prepared; or NULL, when
// something was left there.
void rp_page_map_set(const void *address, void *what,
                     struct page_map_nodes *nodes);
// What stands at `count` addresses, each 64 KiB on, is only left there.
void rp_page_map_clear(const void *address, size_t count);

// Forgets all. No other thread may be in the allocator.
void rp_page_map_reset(void);

#endif
