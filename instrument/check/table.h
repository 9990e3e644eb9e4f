// table.h - what the checks know of each block, by its address.
//
// It lies apart from the heap, so that nothing the program writes there harms
// it, and any pointer can be looked up without a look at the memory that it
// leads to.
//
//   address >> 16 --> directory --> struct rp_check_span --> its blocks
//
// A small or medium block is found by the span that it lies in, a large one by
// the 64 KiB that the program's pointer lies in. What is known of a block stays
// until its place is taken by a block of another size; memory is used again,
// and never given back, so a look at any time is harmless.
//
// Only the thread that owns a span makes blocks in it; who takes a block from
// live to freed has it. Progress: wait-free, but for making room.
#ifndef RP_INSTRUMENT_CHECK_TABLE_H
#define RP_INSTRUMENT_CHECK_TABLE_H

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/hook.h"

#include <stdbool.h>

enum rp_check_state {
    RP_BLOCK_NONE,  // never used
    RP_BLOCK_LIVE,  // the program's
    RP_BLOCK_HELD,  // freed, in the quarantine
    RP_BLOCK_FREED, // freed
    RP_BLOCK_GONE,  // freed with all others of its heap
};

// 32 bytes, since there is one for each block.
struct rp_check_block {
    // size | alignment's logarithm << 48 | family << 54 | state << 56 |
    // a count of its changes << 59
    _Atomic uint64_t word;
    uint32_t front;             // bytes before the program's pointer
    uint32_t made_by, freed_by; // stacks
    uint32_t made_at, freed_at; // times
    uint16_t made_in, freed_in; // threads
};

struct rp_check_span {
    uintptr_t first;     // the block of index 0
    size_t all_bytes;    // of all blocks
    size_t bytes;        // of each
    uint32_t reciprocal; // an offset times it is the index << 32
    uint32_t count;
    uint32_t span; // its number
    uint32_t heap;
    uint32_t owner;             // the thread that made the last block
    bool is_single;             // of a large or huge block
    bool is_used;               // false: it waits to be used again
    bool is_paged;              // it has pages of its own; pages.h
    uint8_t order;              // there is room for 1 << order blocks
    struct rp_check_span *next; // of all, newest first
    struct rp_check_span *_Atomic next_unused; // of those that wait
    struct rp_check_block blocks[];
};

static inline size_t rp_word_size(uint64_t word) {
    return word & ((UINT64_C(1) << 48) - 1);
}
static inline size_t rp_word_alignment(uint64_t word) {
    return (size_t)1 << (word >> 48 & 63);
}
static inline enum rp_family rp_word_family(uint64_t word) {
    return (enum rp_family)(word >> 54 & 3);
}
static inline enum rp_check_state rp_word_state(uint64_t word) {
    return (enum rp_check_state)(word >> 56 & 7);
}
// Whether it is not core's, to make another one of.
static inline bool rp_word_is_taken(uint64_t word) {
    return rp_word_state(word) - RP_BLOCK_LIVE <= RP_BLOCK_HELD - RP_BLOCK_LIVE;
}
static inline uint64_t rp_word_of(const struct rp_request *request,
                                  size_t alignment, enum rp_check_state state) {
    // alignment: a power of two, of at least 16
    return request->size | (uint64_t)lowest_bit(alignment) << 48 |
           (uint64_t)request->family << 54 | (uint64_t)state << 56;
}
// The same in another state.
static inline uint64_t rp_word_in(uint64_t word, enum rp_check_state state) {
    return ((word & ~(UINT64_C(7) << 56)) | (uint64_t)state << 56) +
           (UINT64_C(1) << 59);
}

// That of a live block when it goes to the quarantine: for less than the above.
static inline uint64_t rp_word_held(uint64_t word) {
    return word + ((uint64_t)(RP_BLOCK_HELD - RP_BLOCK_LIVE) << 56) +
           (UINT64_C(1) << 59);
}

// Where a pointer leads.
struct rp_check_found {
    struct rp_check_span *span;   // NULL: to nothing that is known
    struct rp_check_block *block; // NULL: to no block of the span
    uintptr_t start;              // of the block, guards included
    uintptr_t pointer;            // the program's, of that block
};

// ---- the directory ----

enum {
    RP_TABLE_SHIFT = 16, // of an address: what one entry stands for
    RP_TABLE_LEAF_BITS = 16,
    RP_TABLE_ROOT_BITS = 15, // of the 47 that a program's addresses have
};

struct rp_table_leaf {
    struct rp_check_span *_Atomic entries[1 << RP_TABLE_LEAF_BITS];
};
extern struct rp_table_leaf *_Atomic rp_table_root[1 << RP_TABLE_ROOT_BITS]
    __attribute__((visibility("hidden")));

// The entry of an address; NULL: there is none yet, or it is of a block with
// pages of its own, which have a directory apart. Fast path: two branches.
static inline struct rp_check_span *_Atomic *rp_table_entry(uintptr_t address) {
    uintptr_t key = address >> RP_TABLE_SHIFT;

    if (RP_UNLIKELY(key >> (RP_TABLE_LEAF_BITS + RP_TABLE_ROOT_BITS) != 0))
        return NULL;
    struct rp_table_leaf *leaf =
        load_acquire(&rp_table_root[key >> RP_TABLE_LEAF_BITS]);
    if (RP_UNLIKELY(leaf == NULL)) // acquire [leaf]: that it is zeroed
        return NULL;
    return &leaf->entries[key & ((1u << RP_TABLE_LEAF_BITS) - 1)];
}

// What is not found there.
struct rp_check_span *rp_table_paged(uintptr_t address);

static inline struct rp_check_span *table_span(uintptr_t address) {
    struct rp_check_span *_Atomic *entry = rp_table_entry(address);

    // acquire [entry]: what it is of
    return RP_LIKELY(entry != NULL) ? load_acquire(entry) : NULL;
}

// The block of the span that an address is in.
static inline struct rp_check_found table_found(struct rp_check_span *span,
                                                uintptr_t address) {
    struct rp_check_found found = {.span = span};

    if (RP_UNLIKELY(span == NULL))
        return found;
    uintptr_t offset = address - span->first;
    if (RP_UNLIKELY(offset >= span->all_bytes))
        return found;
    uint64_t index = offset * span->reciprocal >> 32;
    // A pointer of nobody's may lead to what is being made anew.
    if (RP_UNLIKELY(index >= span->count))
        return found;
    found.block = &span->blocks[index];
    found.start = span->first + index * span->bytes;
    found.pointer = found.start + found.block->front;
    return found;
}

// The block that the program's pointer belongs to, by the directory alone.
// Fast: no call.
static inline struct rp_check_found rp_table_find(const void *pointer) {
    uintptr_t address = (uintptr_t)pointer;
    struct rp_check_span *span = table_span(address);

    if (RP_UNLIKELY(span == NULL))
        span = rp_table_paged(address);
    return table_found(span, address);
}
// The same, none with pages of its own.
static inline struct rp_check_found rp_table_find_plain(const void *pointer) {
    return table_found(table_span((uintptr_t)pointer), (uintptr_t)pointer);
}

// The same of a pointer that is known to be a live or held block's of those:
// for less.
static inline struct rp_check_found rp_table_find_known(const void *pointer) {
    uintptr_t address = (uintptr_t)pointer, key = address >> RP_TABLE_SHIFT;
    struct rp_table_leaf *_Atomic *root =
        &rp_table_root[key >> RP_TABLE_LEAF_BITS];
    struct rp_table_leaf *leaf = load_acquire(root); // acquire [leaf]: it
    // acquire [entry]: what it is of
    struct rp_check_span *span =
        load_acquire(&leaf->entries[key % (1u << RP_TABLE_LEAF_BITS)]);
    uint64_t index = (address - span->first) * span->reciprocal >> 32;

    return (struct rp_check_found){
        .span = span,
        .block = &span->blocks[index],
        .start = span->first + index * span->bytes,
        .pointer = address,
    };
}

// The block that any address is in, or near; looks through all large ones.
struct rp_check_found rp_table_search(const void *address);

// The place for what is known of a block that was made; NULL: no memory.
// front: bytes from the block's start to the program's pointer.
// Fast path: no call while the span's blocks are of the size they were of.
struct rp_check_block *rp_table_place_anew(
    const struct rp_place_of_block *place, uint32_t front, uint32_t owner);
static inline struct rp_check_block *rp_table_place(
    const struct rp_place_of_block *place, uint32_t front, uint32_t owner) {
    // Blocks of a span lie in its 64 KiB, the last one's end may be their end.
    struct rp_check_span *_Atomic *entry =
        rp_table_entry(place->is_single ? (uintptr_t)place->block + front
                                        : (uintptr_t)place->first);
    // acquire [entry]: what it is of, which is its own
    struct rp_check_span *span =
        RP_LIKELY(entry != NULL) ? load_acquire(entry) : NULL;

    if (RP_UNLIKELY(span == NULL || span->first != (uintptr_t)place->first ||
                    span->bytes != place->bytes || span->count != place->count))
        return rp_table_place_anew(place, front, owner);
    span->span = place->span;
    span->heap = place->heap;
    span->owner = owner;
    span->blocks[place->index].front = front;
    return &span->blocks[place->index];
}

// The same for a block of a small size that starts at an address, if all is
// known of its span that is to be known; NULL: it is not.
static inline struct rp_check_block *rp_table_place_again(uintptr_t address,
                                                          uint32_t number,
                                                          uint32_t bytes,
                                                          uint32_t heap,
                                                          uint32_t owner) {
    struct rp_check_span *span = table_span(address);

    if (RP_UNLIKELY(span == NULL || span->span != number ||
                    span->bytes != bytes || span->heap != heap ||
                    span->owner != owner))
        return NULL;
    return &span->blocks[(address - span->first) * span->reciprocal >> 32];
}

// Tells of addresses whose blocks have pages of their own, of so many bytes
// each, so that each page has an entry of the directory. false: no memory.
bool rp_table_start_pages(uintptr_t base, size_t bytes, size_t page);
static inline bool rp_table_is_paged(const struct rp_check_span *span) {
    return span->is_used && span->is_paged;
}

// All spans that there have been, by ->next; some wait to be used again.
struct rp_check_span *rp_table_spans(void);

static inline uintptr_t rp_table_start(const struct rp_check_span *span,
                                       const struct rp_check_block *block) {
    return span->first + (size_t)(block - span->blocks) * span->bytes;
}

#endif
