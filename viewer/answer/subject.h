// subject.h - what a history is asked of: a span, a block, a segment.
#ifndef RPSCOPE_ANSWER_SUBJECT_H
#define RPSCOPE_ANSWER_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

enum subject_kind {
    SUBJECT_NONE,
    SUBJECT_SPAN,
    SUBJECT_BLOCK,
    SUBJECT_SEGMENT,
};

struct subject {
    enum subject_kind kind;
    bool by_address; // of the program: in what is mapped at the moment
    uint64_t address;
    uint32_t number; // of the span, or of the segment
    uint32_t block;  // its place in the span
};

#endif
