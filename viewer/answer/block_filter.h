// block_filter.h - which blocks count: all, or those of which something holds.
#ifndef RPSCOPE_ANSWER_BLOCK_FILTER_H
#define RPSCOPE_ANSWER_BLOCK_FILTER_H

#include "viewer/answer/answer.h"

// Made above (query/filter.h), and never changed. Any thread may ask it.
struct block_filter {
    // Of a row of the table of blocks.
    bool (*holds)(const struct block_filter *filter,
                  const struct answer_live_block *block);
    const char *text; // as people write it
    bool of_sites;    // it asks for the call site alone
    bool of_age;      // it asks how long a block lives
};

#endif
