// cause_list.h - the list of causes, while it is filled.
#ifndef RPSCOPE_ANSWER_CAUSE_LIST_H
#define RPSCOPE_ANSWER_CAUSE_LIST_H

#include "viewer/answer/answer.h"

enum {
    CAUSE_LEAST = 256 << 10, // bytes that a cause is worth its line for
    CAUSES_MOST = 16,
};

// NULL: it is not worth it.
struct answer_cause *causes_add(struct answer *answer, const char *kind,
                                uint64_t keeps, uint64_t frees, uint64_t back);

// Whether the program calls malloc; else it calls rpmalloc.
bool causes_call_malloc(const struct answer *answer);

// 0 where there would be less.
static inline uint64_t minus(uint64_t a, uint64_t b) {
    return a > b ? a - b : 0;
}

#endif
