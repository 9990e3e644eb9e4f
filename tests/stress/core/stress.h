// stress.h - what the race programs share: blocks that tell when they are
// damaged, and the end of a program.
//
// A block's first 16 bytes are its size and a check word made from size and
// address; the last byte, when there is one more, is made from the size. So
// whoever gets a block, in whatever thread, can tell that it is whole.
#ifndef TESTS_STRESS_CORE_STRESS_H
#define TESTS_STRESS_CORE_STRESS_H

#include "core/base/atomic.h"
#include "core/rpmalloc.h"
#include "tests/core/random.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STRESS_EXPECT(cond)                                                    \
    ((cond) ? (void)0                                                          \
            : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond),      \
               abort()))

struct stress_head {
    size_t size;
    uintptr_t check;
};

static inline uintptr_t stress_check(const void *block, size_t size) {
    return ((uintptr_t)block ^ size) * (uintptr_t)0x9e3779b97f4a7c15u;
}

// Marks a block of at least 16 bytes and returns it.
static inline void *stress_mark(void *block, size_t size) {
    struct stress_head *head = block;

    head->size = size;
    head->check = stress_check(head, size);
    if (size > sizeof *head)
        ((unsigned char *)head)[size - 1] = (unsigned char)size;
    return head;
}

// A new block of at least 16 bytes, marked; NULL only when `may_fail`.
static inline void *stress_alloc(size_t size, int may_fail) {
    if (size < sizeof(struct stress_head))
        size = sizeof(struct stress_head);
    void *block = rpmalloc(size);
    STRESS_EXPECT(block != NULL || may_fail);
    return block != NULL ? stress_mark(block, size) : NULL;
}

// Frees a block of stress_alloc, of any thread; NULL is ignored.
static inline void stress_free(void *block) {
    struct stress_head *head = block;

    if (head == NULL)
        return;
    STRESS_EXPECT(head->check == stress_check(head, head->size));
    if (head->size > sizeof *head)
        STRESS_EXPECT(((unsigned char *)head)[head->size - 1] ==
                      (unsigned char)head->size);
    head->check = 0;
    rpfree(head);
}

// After all threads have ended and all blocks are freed: finalizes, and expects
// that nothing is held any more.
static inline void stress_end(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_finalize();
    rpmalloc_global_statistics(&now);
    STRESS_EXPECT(now.mapped == 0);
}

#endif
