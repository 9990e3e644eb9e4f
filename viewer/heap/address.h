// address.h - between addresses of the program and the numbers of spans and
// blocks.
#ifndef RPSCOPE_HEAP_ADDRESS_H
#define RPSCOPE_HEAP_ADDRESS_H

#include "viewer/heap/heap.h"

// The place of an address in spans that are mapped now.
struct address_place {
    uint32_t span;  // the first of its run
    uint32_t block; // the place there; 0 where it is not cut into blocks
    bool in_block;  // the address is in that place, and not in front or behind
};

// False: no segment of now has the address. Huge blocks are not looked at: a
// heap does not keep where they are.
bool address_find(const struct heap *heap, uint64_t address,
                  struct address_place *place);
// Where the place for a block begins; 0: a huge block, or none is there.
uint64_t address_of_block(const struct heap *heap, const struct span *span,
                          uint32_t block);

#endif
