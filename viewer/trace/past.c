// past.c - see past.h.
#include "viewer/trace/past.h"

#include <stdlib.h>

const struct past_span *past_find(const struct trace_past *past,
                                  uint32_t number) {
    size_t low = 0, high = past->span_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (past->spans[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < past->span_count && past->spans[low].number == number
               ? &past->spans[low]
               : NULL;
}

static uint64_t mix(uint64_t digest, uint64_t value) {
    digest = (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ digest >> 32;
}

uint64_t past_digest(const struct trace_past *past) {
    uint64_t digest = past->block_count;
    for (size_t i = 0; i < past->node_count; i++)
        digest =
            mix(mix(digest, past->nodes[i].address), past->nodes[i].parent);
    for (size_t i = 0; i < past->span_count; i++) {
        const struct past_span *span = &past->spans[i];
        digest = mix(mix(digest, span->number), span->wanted);
        for (uint32_t j = 0; j < span->count; j++)
            digest = mix(digest, (uint64_t)span->blocks[j].stack << 32 |
                                     span->blocks[j].wanted);
    }
    return digest;
}

void past_free(struct trace_past *past) {
    while (past) {
        struct trace_past *older = past->older;
        pool_free(&past->pool);
        free(past);
        past = older;
    }
}
