// live_labels.h - what is live of each exact stack, by tag and heap.
#ifndef RPSCOPE_ANSWER_LIVE_LABELS_H
#define RPSCOPE_ANSWER_LIVE_LABELS_H

#include "viewer/answer/answer.h"

struct live_label {
    uint32_t node; // of the stack, as in answer.stacks
    uint32_t heap;
    uint64_t tag; // number of its text; 0: none
    uint64_t blocks, bytes;
};

struct live_labels {
    struct live_label *list; // by node
    size_t count;
};

// Counts the live blocks. The list belongs to the answer; it is empty where
// there is no memory for it.
struct live_labels live_labels(struct answer *answer);

// Those of a stack, and how many.
const struct live_label *live_labels_of(const struct live_labels *labels,
                                        uint32_t node, size_t *count);

// The name of a tag; NULL: there is none. And the one that all blocks of a
// stack had since there are tags; NULL when they had none, or several.
const char *live_labels_tag(const struct answer *answer, uint64_t tag);
const char *live_labels_stack_tag(const struct answer *answer, uint32_t node);

#endif
