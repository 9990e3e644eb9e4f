// begin.h - the first blocks of a small class.
//
// A class that has a span keeps a page of it at least. Who asks for many sizes,
// and for a few blocks of each, would touch a page for each size: a small
// program, or one of many threads. So the first BEGIN_BLOCKS blocks of a class
// come from that of a larger size, one of few, and only then the class gets a
// span of its own. What a block wastes so is less than half of it, and of few
// blocks.
//
// Invariant: while the class has no span, its list is empty; so each of these
//            blocks comes from the slow path, and is the larger class's in
//            every way.
// Plain data of the owner; no atomics.
#ifndef RP_CORE_HEAP_BEGIN_H
#define RP_CORE_HEAP_BEGIN_H

#include "core/base/bits.h"
#include "core/heap/heap.h"

enum { BEGIN_BLOCKS = 8 };

// The class from which one that begins gets its blocks: 64, 128 or 256 bytes,
// from there on two a doubling. Its blocks are multiples of each power of two
// that those of the class are multiples of. class_index: of a small class.
static inline size_t begin_class(size_t class_index) {
    size_t doubling = 4;

    while (doubling < class_index)
        doubling *= 2;
    size_t between = doubling / 4 * 3;
    return doubling > 16 && class_index <= between ? between : doubling;
}

// Whether a small class has no span: then blocks of its sizes are another's.
static inline int begin_is_lent(const struct heap *heap, size_t class_index) {
    // relaxed: the owner's
    return load_relaxed(&heap->class_spans[class_index]) == 0;
}

// The class to take a block from for one of which the list is empty.
static inline size_t begin_from(struct heap *heap, size_t class_index) {
    if (class_index >= SMALL_CLASSES || !begin_is_lent(heap, class_index) ||
        heap->begun[class_index] == BEGIN_BLOCKS)
        return class_index;
    heap->begun[class_index] += 1;
    return begin_class(class_index);
}

// The heap has given away what it can: classes without a span begin anew.
static inline void begin_anew(struct heap *heap) {
    for (unsigned c = 0; c < SMALL_CLASSES; ++c)
        if (begin_is_lent(heap, c))
            heap->begun[c] = 0;
}

#endif
