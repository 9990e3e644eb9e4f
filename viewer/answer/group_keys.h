// group_keys.h - which group a block is of.
#ifndef RPSCOPE_ANSWER_GROUP_KEYS_H
#define RPSCOPE_ANSWER_GROUP_KEYS_H

#include "viewer/answer/metric_rows.h"
#include "viewer/heap/spans.h"
#include "viewer/metric/ring_index.h"

struct group_keys {
    struct answer *answer;
    enum group_by by;
    struct group_row *rows; // of the pool of the answer's state
    size_t count, capacity;
    uint32_t *of_stack;       // by index in stacks.list: for what stacks say
    struct ring_index places; // of numbers, for the others: in rows
};

// Groups that are known beforehand are there, with what was allocated in them.
void group_keys_start(struct group_keys *keys, struct answer *answer,
                      enum group_by by);
// Leaves the rows.
void group_keys_end(struct group_keys *keys);

// The place in rows of a live block's group, which may be a new one.
uint32_t group_keys_of_block(struct group_keys *keys, const struct span *span,
                             uint32_t block);

#endif
