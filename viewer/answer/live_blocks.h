// live_blocks.h - all live blocks of an answer, one by one.
#ifndef RPSCOPE_ANSWER_LIVE_BLOCKS_H
#define RPSCOPE_ANSWER_LIVE_BLOCKS_H

#include "viewer/answer/answer.h"

// Lists them in answer->live_blocks when first asked for, in the order of spans
// (huge ones last); how many. 0 where there is no memory for so many.
size_t live_blocks(struct answer *answer);

#endif
