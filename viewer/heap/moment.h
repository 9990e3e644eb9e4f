// moment.h - all held bytes at one moment, by where they are.
//
//   held = mapped segments + huge mappings + bookkeeping - decommitted
//        = the sum of the parts
#ifndef RPSCOPE_HEAP_MOMENT_H
#define RPSCOPE_HEAP_MOMENT_H

#include <stdint.h>

// Where held bytes are. Each part is counted from its own source; their sum is
// `held` when trace and model agree (the bytes identity).
enum part {
    PART_USED,         // asked for by the program, in live blocks
    PART_ROUNDING,     // live blocks: bytes beyond what was asked for
    PART_SPAN_FREE,    // free blocks in spans that hold live blocks
    PART_DEFERRED,     // freed by another thread, not yet taken back
    PART_OVERHEAD,     // span headers, tails of spans, heaps and tables
    PART_EMPTY,        // spans without a block that a heap keeps
    PART_THREAD_CACHE, // empty spans in thread caches
    PART_GLOBAL_CACHE, // empty spans in the global cache
    PART_SEGMENT,      // never used or given up, but still mapped
    PART_SLACK,        // ends of large and huge blocks beyond their last page
    PARTS
};

struct moment {
    uint64_t time_ns; // since the start of the recording
    uint64_t event;   // how many events had happened
    uint64_t held_bytes;
    uint64_t part_bytes[PARTS];
    int64_t residual_bytes; // held minus the sum of the parts; 0 is right
    uint64_t live_blocks;
};

#endif
