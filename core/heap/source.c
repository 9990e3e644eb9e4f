// source.c - fulfils source.h.
#include "core/heap/source.h"

#include "core/hook.h"
#include "core/span/huge_unit.h"

static int has_grown(const struct heap *heap, unsigned class_index) {
    size_t spans = heap_spans(heap);

    if (class_index == RP_CLASS_LARGE)
        return rp_segment_taken() >= SOURCE_PROGRAM_SPANS;
    if (spans < rp_segment_taken() / SOURCE_PART)
        return 0;
    if (load_relaxed(&heap->class_spans[class_index]) == 0) // relaxed: ours
        return spans >= SOURCE_ALL_SPANS;
    return spans >= SOURCE_GROWN_SPANS;
}

struct segment_set *rp_source_of(struct heap *heap, unsigned class_index) {
    enum huge_unit_use use = rp_huge_unit_use();

    if (heap->segments.owner != 0)
        return &heap->segments;
    return use == HUGE_UNIT_ALWAYS ||
                   (use == HUGE_UNIT_GROWN && has_grown(heap, class_index))
               ? &rp_segment_grown
               : &rp_segment_shared;
}
