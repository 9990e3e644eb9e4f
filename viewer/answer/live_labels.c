// live_labels.c - what is live of each exact stack, by tag and heap.
#include "viewer/answer/live_labels.h"

#include <stdlib.h>

#include "viewer/answer/state.h"

struct counting {
    struct answer *answer;
    struct live_label *list;
    size_t count, capacity;
    uint32_t *slots; // open addressing: place in the list + 1; 0 is empty
    size_t slot_count;
};

static bool is_same(const struct live_label *a, const struct live_label *b) {
    return a->node == b->node && a->heap == b->heap && a->tag == b->tag;
}

static size_t slot_of(const struct counting *c,
                      const struct live_label *label) {
    uint64_t key = ((uint64_t)label->node << 32 | label->heap) ^
                   label->tag * UINT64_C(0xbf58476d1ce4e5b9);
    size_t mask = c->slot_count - 1;
    size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
    while (c->slots[at] && !is_same(&c->list[c->slots[at] - 1], label))
        at = (at + 1) & mask;
    return at;
}

static void grow(struct counting *c) {
    struct pool *pool = &c->answer->state->pool;
    pool_give(pool, c->slots);
    c->slots = NULL; // should there be no memory for more
    c->slot_count = c->slot_count ? 2 * c->slot_count : 1 << 10;
    c->slots = pool_zeroed(pool, c->slot_count, sizeof *c->slots);
    for (size_t i = 0; i < c->count; i++)
        c->slots[slot_of(c, &c->list[i])] = (uint32_t)i + 1;
}

static void count_block(struct counting *c, const struct live_label *block) {
    if (2 * c->count >= c->slot_count)
        grow(c);
    size_t at = slot_of(c, block);
    if (!c->slots[at]) {
        c->list = pool_grow(&c->answer->state->pool, c->list, c->count,
                            &c->capacity, sizeof *c->list);
        c->list[c->count++] = *block;
        c->slots[at] = (uint32_t)c->count;
        return;
    }
    c->list[c->slots[at] - 1].blocks++;
    c->list[c->slots[at] - 1].bytes += block->bytes;
}

static void count_span(struct span *span, void *context) {
    struct counting *c = context;
    const struct replay *now = c->answer->state->now;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&now->heap.spans, span);
    for (uint32_t i = 0; i < span->touched; i++)
        if (span_has(span, i))
            count_block(
                c, &(struct live_label){
                       .node = span->slots[i].stack,
                       .heap = span->heap,
                       .tag = tags_text_of(&now->metrics.tags, span->number, i),
                       .blocks = 1,
                       .bytes = span_wanted(span, i)});
}

static int compare(const void *left, const void *right) {
    const struct live_label *a = left, *b = right;
    return a->node != b->node ? (a->node > b->node) - (a->node < b->node)
           : a->tag != b->tag ? (a->tag > b->tag) - (a->tag < b->tag)
                              : (a->heap > b->heap) - (a->heap < b->heap);
}

struct live_labels live_labels(struct answer *a) {
    struct pool *pool = &a->state->pool;
    struct counting *c = calloc(1, sizeof *c);
    struct live_labels labels = {.list = NULL};
    jmp_buf out;
    if (!c)
        return labels;
    c->answer = a;
    if (pool_try(pool, out)) {
        spans_each(&a->state->now->heap.spans, count_span, c);
        if (c->count > 0)
            qsort(c->list, c->count, sizeof *c->list, compare);
    } else {
        c->count = 0;
    }
    pool_done(pool);
    pool_give(pool, c->slots);
    labels = (struct live_labels){c->list, c->count};
    free(c);
    return labels;
}

const struct live_label *live_labels_of(const struct live_labels *labels,
                                        uint32_t node, size_t *count) {
    size_t low = 0, high = labels->count, end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (labels->list[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < labels->count && labels->list[end].node == node;)
        end++;
    *count = end - low;
    return &labels->list[low];
}

const char *live_labels_tag(const struct answer *a, uint64_t tag) {
    return tag ? trace_text(&a->state->tables, tag) : NULL;
}

const char *live_labels_stack_tag(const struct answer *a, uint32_t node) {
    const struct tags *tags = &a->state->now->metrics.tags;
    uint32_t place = tags_of_stack(tags, node);
    return place == TAGS_NONE || place == TAGS_SEVERAL
               ? NULL
               : live_labels_tag(a, tags->list[place].text);
}
