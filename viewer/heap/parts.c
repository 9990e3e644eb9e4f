// parts.c - in which part the bytes of a span are, from nothing but itself.
#include "viewer/heap/parts.h"

enum { PAGE_BYTES = 4096 };

// The bytes of a live large or huge block, by parts, without what was asked
// for: `total` bytes hold the header, the block and the rest.
static void large_parts(uint64_t total, uint64_t wanted, uint32_t header_bytes,
                        int64_t parts[PARTS]) {
    uint64_t header = header_bytes < total ? header_bytes : total;
    uint64_t end = (header + wanted + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    if (end > total)
        end = total;
    parts[PART_USED] = (int64_t)wanted;
    parts[PART_OVERHEAD] = (int64_t)header;
    parts[PART_ROUNDING] = (int64_t)(end - header - wanted);
    parts[PART_SLACK] = (int64_t)(total - end);
}

void parts_of_span(const struct span *span, uint32_t header_bytes,
                   int64_t parts[PARTS]) {
    for (int i = 0; i < PARTS; i++)
        parts[i] = 0;
    int64_t bytes = (int64_t)(span->bytes - span->decommitted);
    switch (span->place) {
    case SPAN_IN_SEGMENT:
        parts[PART_SEGMENT] = bytes;
        return;
    case SPAN_IN_GLOBAL:
        parts[PART_GLOBAL_CACHE] = bytes;
        return;
    case SPAN_IN_THREAD:
        parts[PART_THREAD_CACHE] = bytes;
        return;
    case SPAN_IN_HEAP:
        break;
    default: // away, or counted with the first span of its run
        return;
    }
    if (span->block_bytes > 0) {
        uint64_t in_use = (uint64_t)span->live + span->deferred;
        if (in_use == 0) {
            parts[PART_EMPTY] = bytes;
            return;
        }
        uint64_t blocks = (uint64_t)span->blocks * span->block_bytes;
        parts[PART_SPAN_FREE] =
            (int64_t)((span->blocks - in_use) * span->block_bytes);
        parts[PART_DEFERRED] = (int64_t)span->deferred * span->block_bytes;
        parts[parts_are_deferred(span) ? PART_DEFERRED : PART_SPAN_FREE] -=
            (int64_t)span->decommitted;
        parts[PART_OVERHEAD] = (int64_t)(span->bytes - blocks);
        parts[PART_USED] = (int64_t)span->used;
        parts[PART_ROUNDING] =
            (int64_t)((uint64_t)span->live * span->block_bytes - span->used);
        return;
    }
    uint64_t total = span_run_bytes(span), decommitted = 0;
    for (uint32_t i = 0; i < span->run; i++)
        decommitted += span[i].decommitted;
    if (span->live > 0) {
        large_parts(total, span->used, header_bytes, parts);
        parts[PART_SLACK] -= (int64_t)decommitted;
    } else {
        parts[PART_EMPTY] = (int64_t)(total - decommitted);
    }
}

uint64_t parts_large_taken(uint64_t total, uint64_t wanted,
                           uint32_t header_bytes) {
    int64_t parts[PARTS];
    large_parts(total, wanted, header_bytes, parts);
    return (uint64_t)(parts[PART_USED] + parts[PART_ROUNDING]);
}
