// span_size.h - the units that memory is counted in.
#ifndef RP_CORE_MEMORY_SPAN_SIZE_H
#define RP_CORE_MEMORY_SPAN_SIZE_H

enum {
    SPAN_SHIFT = 16,
    SPAN_BYTES = 1 << SPAN_SHIFT,
    BLOCK_PAGE = 4096, // what a block fills whose header stands apart

    SEGMENT_SPANS = 64,   // at most, in a segment
    SEGMENT_MAX_RUN = 48, // spans of a run
};

#endif
