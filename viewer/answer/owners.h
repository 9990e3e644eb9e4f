// owners.h - which thread had a heap at any time.
#ifndef RPSCOPE_ANSWER_OWNERS_H
#define RPSCOPE_ANSWER_OWNERS_H

#include "viewer/metric/threads.h"

enum { OWNERS_NOBODY = UINT32_MAX };

struct owners {
    struct heap_turn *turns; // by heap and time
    size_t count;
};

// In memory of the pool.
void owners_make(struct owners *owners, const struct threads *threads,
                 struct pool *pool);
// The index in threads->list of the thread that had the heap at the time
// (steps), or OWNERS_NOBODY.
uint32_t owners_find(const struct owners *owners, uint32_t heap, uint64_t time);

#endif
