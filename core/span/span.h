// span.h - a span: 64 KiB carved into blocks of one size class, or the first
// of a run of spans that hold one large block.
//
// A span starts at a multiple of its size, so a block finds its span by a
// mask. The header is in front of the blocks:
//
//      0            start                                          65536
//      | header |   | block 0 | block 1 | ...      | block n-1 | tail |
//
// But blocks that fill pages exactly, large and huge ones among them, fill the
// span from its start, and the header stands apart (header.h). All of these
// start with a page; so only a block that does has to ask the page map where
// its header is.
//
// Blocks that the owner freed wait in `free`, blocks that others freed in
// `deferred`; the rest of the carved blocks is `used`: live, deferred, or in
// the list from which the owning heap allocates (heap/heap.h).
//
//     carved = used + length of `free` - (1 if the span is active)
//     used   = live + deferred + in the heap's list + (1 if it is active)
//
// The one keeps `used` of the active span above 0, so that free need not ask
// whether it emptied a span that stays anyway.
//
// where `used` is span_used(): the field of that name is less by `floor`, so
// that it can fall to 0 at another mark than empty (sparse.h).
//
// A span is carved a page at a time, so that memory is touched only when it is
// needed; carved < capacity until then, or while blocks are withheld with their
// pages (sparse.h).
#ifndef RP_CORE_SPAN_SPAN_H
#define RP_CORE_SPAN_SPAN_H

#include "core/base/atomic.h"
#include "core/memory/page_map.h"
#include "core/span/size_class.h"

struct heap;

struct block {
    struct block *next;
};

// Low bits of `owner`. A plain heap address there is the fast path of free:
// one compare says that the span is ours and nothing about it is special.
enum span_flag {
    SPAN_FULL = 1,    // in the heap's list of full spans
    SPAN_ALIGNED = 2, // blocks may have been handed out by an interior pointer
    SPAN_LARGE = 4,   // a run with one large block; no owner
    SPAN_HUGE = 8,    // a huge block; no owner
    SPAN_EMPTY = 16,  // in a cache; no owner
    SPAN_MEDIUM = 32, // of a medium class: heap/medium.h
    SPAN_SPECIAL = SPAN_ALIGNED | SPAN_LARGE | SPAN_HUGE | SPAN_EMPTY,
    SPAN_FLAGS = 63,
};

struct span {
    // Written by the owner. `owner` is read by every thread that frees.
    _Atomic(uintptr_t) owner;
    struct block *free;
    uint32_t used;
    uint32_t carved;
    uint16_t carve_least; // blocks at a time
    uint16_t start;       // of the first block: class_start
    uint32_t capacity;
    uint32_t block_bytes;
    uint32_t reciprocal;
    uint32_t number; // see hook.h
    uint32_t class_index;
    struct span *next;
    struct span *previous;

    // Written by threads that free blocks of others; a line of its own.
    _Alignas(64) _Atomic(uint32_t) deferred; // deferred.h
    struct span *notify_next;                // heap/notify.h

    // The owner's, seldom.
    uint32_t floor;    // `used` counts from here; see span_used
    uint16_t released; // pages without memory, a bit each; sparse.h
    uint16_t waiting;  // since when, in the queue of sparse spans; 0: not

    // Constant while the span is in use.
    uint32_t run;         // how many spans, 1 but for large blocks
    uint32_t heap_number; // of the owner
    uint32_t slot;        // of the segment (segment.h)
    char *memory;         // where the span starts, or the huge block
    union {
        size_t large_bytes; // large, huge: usable bytes
        struct {            // while it waits in the queue of sparse spans
            struct span *later;
            struct span *earlier;
        };
    };
};
static_assert(sizeof(struct span) <= SPAN_HEADER, "the header has its place");

// Whether a pointer is to the start of a page, or NULL.
static inline int is_at_page(const void *pointer) {
    return ((uintptr_t)pointer & (BLOCK_PAGE - 1)) == 0;
}

// The span of a block, or of a byte of one, whose header is in front: of any
// that does not start with a page.
static inline struct span *span_around(const void *block) {
    return (struct span *)((uintptr_t)block & ~(uintptr_t)(SPAN_BYTES - 1));
}

// The same of what the program gives back. For what starts at no multiple of
// 16, and so is no block, that is a place in the header where no owner is read.
static inline struct span *span_before(const void *block) {
    return (struct span *)((uintptr_t)block &
                           ~(uintptr_t)(SPAN_BYTES - BLOCK_ALIGN));
}

// Whether the heap has it, and nothing about it is special. relaxed: our own
// heap's address is there only if we put it there. Compilers keep an atomic
// load apart from the comparison; this is one instruction.
static inline int span_is_plainly(const struct span *s,
                                  const struct heap *heap) {
#if defined(__x86_64__)
    int is_its;

    __asm__("cmpq %2, %1"
            : "=@cce"(is_its)
            : "m"(s->owner), "r"((uintptr_t)heap));
    return is_its;
#else
    return load_relaxed(&s->owner) == (uintptr_t)heap;
#endif
}

// Whether a header that was found in front of a block is one: it says where its
// span starts.
static inline int span_is_one(const struct span *s) {
    return s->memory == (const char *)s;
}

// That of one that starts with a page; not NULL.
static inline struct span *span_at_page(const void *block) {
    struct span *apart = page_map_get(block);

    return apart != NULL ? apart : span_around(block);
}

// That of any block; not NULL.
static inline struct span *span_of(const void *block) {
    return is_at_page(block) ? span_at_page(block) : span_around(block);
}

static inline struct heap *span_heap(const struct span *s) {
    // relaxed: constant but for its flags while a block of the span is live.
    return (struct heap *)(load_relaxed(&s->owner) & ~(uintptr_t)SPAN_FLAGS);
}

// Whether another heap has it, or none: that of a large or huge block.
static inline int span_is_foreign(const struct span *s,
                                  const struct heap *heap) {
    return span_heap(s) == NULL || span_heap(s) != heap;
}

static inline uintptr_t span_flags(const struct span *s) {
    return load_relaxed(&s->owner) & SPAN_FLAGS; // relaxed: see span_heap
}

// Only the owner changes flags, so these need no atomic read-modify-write.
static inline void span_set_flag(struct span *s, enum span_flag flag) {
    // relaxed: other threads look only at the heap, which stays.
    store_relaxed(&s->owner, load_relaxed(&s->owner) | (uintptr_t)flag);
}
static inline void span_clear_flag(struct span *s, enum span_flag flag) {
    // relaxed: as in span_set_flag
    store_relaxed(&s->owner, load_relaxed(&s->owner) & ~(uintptr_t)flag);
}

static inline uint32_t span_used(const struct span *s) {
    return s->used + s->floor;
}

static inline struct block *span_block(struct span *s, uint32_t index) {
    return (struct block *)(s->memory + s->start +
                            (size_t)index * s->block_bytes);
}

// The index of the block that `pointer`, any byte of it, belongs to.
static inline uint32_t span_block_index(const struct span *s,
                                        const void *pointer) {
    uint32_t offset = (uint32_t)((const char *)pointer - s->memory);

    return block_index(s->reciprocal, offset - s->start);
}

// The same of a block whose header is in front. The first one begins less than
// a block's bytes behind the header (class_start): so counted from there, which
// is a constant, the index is the same.
static inline uint32_t span_index_behind(const struct span *s,
                                         const void *block) {
    uint32_t offset = (uint32_t)((uintptr_t)block & (SPAN_BYTES - 1));

    return block_index(s->reciprocal, offset - SPAN_HEADER);
}

// Takes all blocks out of the active span's own list: they count as used.
static inline struct block *span_take_free(struct span *span) {
    struct block *list = span->free;

    span->free = NULL;
    span->used = span->carved + 1;
    return list;
}

// Doubly linked lists of spans; the head has no previous.
static inline void span_list_push(struct span **list, struct span *s) {
    s->previous = NULL;
    s->next = *list;
    if (*list != NULL)
        (*list)->previous = s;
    *list = s;
}
static inline void span_list_remove(struct span **list, struct span *s) {
    if (s->previous != NULL)
        s->previous->next = s->next;
    else
        *list = s->next;
    if (s->next != NULL)
        s->next->previous = s->previous;
}

#endif
