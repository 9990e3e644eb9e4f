// heap_digest.h - a recorded heap as a number: the same for heaps that are the
// same in every span and block.
#ifndef RPSCOPE_TESTS_HEAP_DIGEST_H
#define RPSCOPE_TESTS_HEAP_DIGEST_H

#include "viewer/heap/heap.h"

uint64_t heap_digest(const struct heap *heap);

#endif
