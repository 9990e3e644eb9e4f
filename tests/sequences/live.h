// live.h - the shadow model: which blocks the program has, and that they are
// its own.
//
// A block has a place, a pattern all over its usable bytes (of a large one: at
// its ends and here and there), and stands in a list by address: a block that
// is handed out twice, or reaches into another, is known at once; one that is
// written to by the allocator is when it is looked at. What must hold and does
// not ends the program with a sentence.
//
// One thread at a time; live_check is for any.
#ifndef TESTS_SEQUENCES_LIVE_H
#define TESTS_SEQUENCES_LIVE_H

#include "core/rpmalloc.h"

#include <stddef.h>
#include <stdint.h>

enum { LIVE_PLACES = 4096 };

struct live_block {
    unsigned char *bytes; // NULL: the place is empty
    size_t size;          // as asked for
    size_t usable;
    size_t alignment;
    uint64_t seed;              // of its pattern
    struct rpmalloc_heap *heap; // of first class, that it is in; or NULL
};
extern struct live_block live_blocks[LIVE_PLACES];
extern size_t live_count, live_bytes; // of them, and their usable bytes

#define LIVE_EXPECT(condition, sentence)                                       \
    ((condition) ? (void)0 : live_fail(sentence))
_Noreturn void live_fail(const char *sentence);
// Told before the sentence: which sequence this is.
extern unsigned long long live_seed;
extern unsigned long live_step;

void live_forget(void); // all blocks, as they are
// A place with a block, counted by address and round again; or one that has
// none, from `number` on; or one of a heap. -1: there is none.
int live_nth(size_t number);
int live_empty(size_t number);
int live_of_heap(const struct rpmalloc_heap *heap, size_t number);
// An empty place has this block from now on; checked, and filled.
void live_born(unsigned place, void *bytes, size_t size, size_t alignment,
               struct rpmalloc_heap *heap);
// The place is empty from now on, and its block, which was whole, as it was.
struct live_block live_taken(unsigned place);
// The pattern is whole in the first `count` bytes of one of `usable`, which
// `bytes` has now.
void live_check(const struct live_block *block, const unsigned char *bytes,
                size_t count);
void live_check_all(void);
// Fills a block with another pattern.
void live_rewrite(unsigned place);
// All `count` bytes are 0.
void live_expect_zero(const unsigned char *bytes, size_t count);

#endif
