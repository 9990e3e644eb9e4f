// live_blocks.h - the live blocks of an answer, one by one: those that its
// filter lets pass.
#ifndef RPSCOPE_ANSWER_LIVE_BLOCKS_H
#define RPSCOPE_ANSWER_LIVE_BLOCKS_H

#include "viewer/answer/answer.h"

struct span;

// What is known of a block that is born: the same wherever that is asked.
struct block_facts {
    uint32_t span, number, heap, class_index, block_bytes;
    uint64_t tag; // number of its text; 0: none
    const struct site *where;
    uint64_t bytes, birth, now; // steps
};
struct answer_live_block live_block(const struct answer *answer,
                                    const struct block_facts *facts);

// Whether the block that lives in this place of a span is one of them.
bool live_block_passes(const struct answer *answer, const struct span *span,
                       uint32_t number);

// Calls visit for each; the stack is that of the block.
void live_blocks_each(struct answer *answer,
                      void (*visit)(const struct answer_live_block *block,
                                    const struct span *span, uint32_t stack,
                                    void *context),
                      void *context);

// Lists them in answer.live_blocks, once, and returns how many there are; 0
// when there is no memory for that (answer.unlisted_bytes).
size_t live_blocks(struct answer *answer);

#endif
