// source.h - from which segments a heap takes its spans.
//
// A heap of first class has its own. Of those for all, the heaps that have
// grown have huge units (span/huge_unit.h), where fewer faults and a larger
// reach of the TLB are worth the memory that nobody has touched yet. A heap has
// grown that has many spans; but until it has still more, a class that it
// begins with, of which one block may be all, has small pages. Large blocks
// have huge ones when the whole program has grown.
//
// A small part of the program has not grown either: of many threads each
// touches only some pages of its spans.
#ifndef RP_CORE_HEAP_SOURCE_H
#define RP_CORE_HEAP_SOURCE_H

#include "core/heap/heap.h"

enum {
    SOURCE_GROWN_SPANS = 8, // of a heap: 512 KiB
    SOURCE_ALL_SPANS = 28,  // the same, for the first span of a class
    SOURCE_PART = 16, // of what is in use: a heap that has less has not grown
    SOURCE_PROGRAM_SPANS = 64, // of the program, for large blocks: 4 MiB
};

// For spans of a class, or of large blocks: RP_CLASS_LARGE.
struct segment_set *rp_source_of(struct heap *heap, unsigned class_index);

#endif
