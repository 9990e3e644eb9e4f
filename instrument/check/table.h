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
    uintptr_t first; // the block of index 0
    size_t bytes;    // of each
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
static inline uint64_t rp_word_of(const struct rp_request *request,
                                  size_t alignment, enum rp_check_state state) {
    unsigned low = 4;

    while (((size_t)1 << low) < alignment)
        low++;
    return request->size | (uint64_t)low << 48 |
           (uint64_t)request->family << 54 | (uint64_t)state << 56;
}
// The same in another state.
static inline uint64_t rp_word_in(uint64_t word, enum rp_check_state state) {
    return ((word & ~(UINT64_C(7) << 56)) | (uint64_t)state << 56) +
           (UINT64_C(1) << 59);
}

// Where a pointer leads.
struct rp_check_found {
    struct rp_check_span *span;   // NULL: to nothing that is known
    struct rp_check_block *block; // NULL: to no block of the span
    uintptr_t start;              // of the block, guards included
    uintptr_t pointer;            // the program's, of that block
};

// The block that the program's pointer belongs to, by the directory alone.
// Fast.
struct rp_check_found rp_table_find(const void *pointer);
// The block that any address is in, or near; looks through all large ones.
struct rp_check_found rp_table_search(const void *address);

// The place for what is known of a block that was made; NULL: no memory.
// front: bytes from the block's start to the program's pointer.
struct rp_check_block *rp_table_place(const struct rp_place_of_block *place,
                                      uint32_t front, uint32_t owner);

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
