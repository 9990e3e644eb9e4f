// live_blocks.c - all live blocks of an answer, one by one.
#include "viewer/answer/live_blocks.h"

#include "viewer/answer/live_labels.h"
#include "viewer/answer/state.h"

static void list_span(struct span *span, void *context) {
    struct answer *a = context;
    struct answer_state *state = a->state;
    const struct heap *heap = &state->now->heap;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&heap->spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->birth == SLOT_FREE ||
            a->live_block_count == a->now.live_blocks)
            continue;
        uint32_t site = state->site_of_stack[stacks_find(
            &state->now->metrics.stacks, slot->stack)];
        uint64_t born = heap_ns(heap, slot->birth), now = a->now.time_ns;
        a->live_blocks[a->live_block_count++] = (struct answer_live_block){
            .span = span->number,
            .number = i,
            .heap = span->heap,
            .block_bytes = span->block_bytes,
            .bytes = span_wanted(span, i),
            .born_ns = born,
            .lives_ns = now > born ? now - born : 0,
            .where = &a->sites[site].where,
            .tag = live_labels_tag(
                a, tags_text_of(&state->now->metrics.tags, span->number, i))};
    }
}

static void list_all(struct answer *a) {
    a->live_blocks =
        pool_get(&a->state->pool, a->now.live_blocks * sizeof *a->live_blocks);
    spans_each(&a->state->now->heap.spans, list_span, a);
}

size_t live_blocks(struct answer *a) {
    struct pool *pool = &a->state->pool;
    jmp_buf out;
    if (a->live_blocks_listed)
        return a->live_block_count;
    a->live_blocks_listed = true;
    if (pool_try(pool, out))
        list_all(a);
    else
        a->live_block_count = 0;
    pool_done(pool);
    return a->live_block_count;
}
