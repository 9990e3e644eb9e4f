// shadow.h - random calls of the allocator, and what must have come of them.
//
// A shadow is one thread's set of blocks; of each it knows the address, the
// size and the pattern of its bytes. shadow_step makes one random call and
// checks everything about it that can be checked; a mistake is counted and the
// first one described, so that the same code serves unit tests and races.
#ifndef TESTS_CORE_SHADOW_H
#define TESTS_CORE_SHADOW_H

#include <stddef.h>
#include <stdint.h>

enum { SHADOW_MAX = 4096 };

struct shadow_block {
    unsigned char *bytes; // NULL: none
    size_t size;          // as asked for
    size_t alignment;
    uint64_t seed; // of its pattern
};

struct shadow {
    struct shadow_block blocks[SHADOW_MAX];
    size_t places;     // how many of `blocks` are in use, at most SHADOW_MAX
    size_t most_bytes; // of a block
    uint64_t random;   // state; not 0
    size_t failures;   // calls that returned NULL
    size_t mistakes;   // must stay 0
    const char *first_mistake;
};

// places: 1 .. SHADOW_MAX. most_bytes: about the largest size asked for.
void shadow_init(struct shadow *s, uint64_t seed, size_t places,
                 size_t most_bytes);
// One random call on one random place.
void shadow_step(struct shadow *s);
// Checks the pattern of every block.
void shadow_check(struct shadow *s);
// Checks and frees every block.
void shadow_free_all(struct shadow *s);

// The pieces, for other mixes. A place that holds a block is emptied first.
void shadow_alloc(struct shadow *s, size_t place);
void shadow_calloc(struct shadow *s, size_t place);
void shadow_aligned(struct shadow *s, size_t place);
void shadow_realloc(struct shadow *s, size_t place);
void shadow_free(struct shadow *s, size_t place);

// Bytes that were asked for by the blocks there are, and how many blocks.
size_t shadow_bytes(const struct shadow *s);
size_t shadow_count(const struct shadow *s);

#endif
