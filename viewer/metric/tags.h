// tags.h - what is live, and was allocated, under each tag.
//
// A block has the tag that its ring had when it was allocated. It is kept here
// beside its place, for blocks of spans that ever had one with a tag: a
// recording without tags pays nothing but a look for one.
#ifndef RPSCOPE_METRIC_TAGS_H
#define RPSCOPE_METRIC_TAGS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

struct tag_counts {
    uint64_t text; // its number in the trace; 0: blocks without a tag
    uint64_t live_blocks, live_bytes, most_bytes; // most: live at one time
    uint64_t allocations, allocated_bytes;
};

enum {
    TAGS_MOST = 60000, // more than these have none
    TAGS_NONE = 0,     // the place in list of what has no tag
    TAGS_SEVERAL = TAGS_MOST + 1,
};

// The tags of the blocks of a span, by block.
struct tag_span {
    uint32_t span, capacity;
    uint16_t *tags;
};

struct tags {
    struct pool *pool;
    struct tag_counts *list; // the first has no tag; empty as long as none has
    size_t count, capacity;
    struct ring_index rings;  // the place in list of the tag of each ring
    struct ring_index stacks; // the same of each stack, or TAGS_SEVERAL
    struct ring_index places; // in spans, of each span's number
    struct tag_span *spans;
    size_t span_count, span_capacity;
};

extern const struct metric tags_metric;

// Whether there is any.
static inline bool tags_seen(const struct tags *tags) {
    return tags->count > 0;
}

// The place in list of the tag that blocks of the stack had, from when there
// were tags on: TAGS_NONE, or TAGS_SEVERAL.
uint32_t tags_of_stack(const struct tags *tags, uint32_t node);
// The text of the tag of a live block; 0: it has none.
uint64_t tags_text_of(const struct tags *tags, uint32_t span, uint32_t block);
// The same of a block that lives.
uint32_t tags_of_block(const struct tags *tags, uint32_t span, uint32_t block);

#endif
