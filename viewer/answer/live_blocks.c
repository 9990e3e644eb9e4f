// live_blocks.c - the live blocks of an answer, one by one.
#include "viewer/answer/live_blocks.h"

#include "viewer/answer/block_filter.h"
#include "viewer/answer/live_labels.h"
#include "viewer/answer/state.h"

static const struct site *site_of(const struct answer *a, uint32_t stack) {
    const struct answer_state *state = a->state;
    const struct stacks *stacks = &state->now->metrics.stacks;
    if (!stacks_has(stacks, stack))
        return NULL;
    return &a->sites[state->site_of_stack[stacks_find(stacks, stack)]].where;
}

struct answer_live_block live_block(const struct answer *a,
                                    const struct block_facts *f) {
    const struct answer_state *state = a->state;
    // Those of now, and what is known of them later.
    const struct threads *threads = &state->of->whole.metrics.threads;
    const struct heap *heap = &state->now->heap;
    uint64_t born = heap_ns(heap, f->birth), now = heap_ns(heap, f->now);
    struct answer_live_block block = {.span = f->span,
                                      .number = f->number,
                                      .heap = f->heap,
                                      .class_index = f->class_index,
                                      .block_bytes = f->block_bytes,
                                      .bytes = f->bytes,
                                      .born_ns = born,
                                      .lives_ns = now > born ? now - born : 0,
                                      .where = f->where};
    uint32_t thread = owners_find(&state->owners, f->heap, f->birth);
    if (thread < threads->count) {
        block.thread = state_thread_name(state, threads, thread);
        block.thread_id = threads->list[thread].thread_id;
    }
    block.tag = live_labels_tag(a, f->tag);
    return block;
}

// ---- one by one ----

static struct block_facts facts_of(const struct answer *a,
                                   const struct span *span, uint32_t number) {
    const struct slot *slot = &span->slots[number];
    return (struct block_facts){
        .span = span->number,
        .number = number,
        .heap = span->heap,
        .class_index = span->class_index,
        .block_bytes = span->block_bytes,
        .where = site_of(a, slot->stack),
        .tag = tags_text_of(&a->state->now->metrics.tags, span->number, number),
        .bytes = span_wanted(span, number),
        .birth = slot->birth,
        .now = a->state->now->heap.time};
}

bool live_block_passes(const struct answer *a, const struct span *span,
                       uint32_t number) {
    if (!a->filter)
        return true;
    const struct block_facts facts = facts_of(a, span, number);
    const struct answer_live_block block = live_block(a, &facts);
    return a->filter->holds(a->filter, &block);
}

struct visiting {
    struct answer *answer;
    void (*visit)(const struct answer_live_block *block,
                  const struct span *span, uint32_t stack, void *context);
    void *context;
};

static void visit_span(struct span *span, void *context) {
    const struct visiting *v = context;
    struct answer *a = v->answer;
    const struct heap *heap = &a->state->now->heap;
    const struct block_filter *filter = a->filter;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&heap->spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        if (span->slots[i].birth == SLOT_FREE)
            continue;
        const struct block_facts facts = facts_of(a, span, i);
        const struct answer_live_block block = live_block(a, &facts);
        if (!filter || filter->holds(filter, &block))
            v->visit(&block, span, span->slots[i].stack, v->context);
    }
}

void live_blocks_each(struct answer *a,
                      void (*visit)(const struct answer_live_block *block,
                                    const struct span *span, uint32_t stack,
                                    void *context),
                      void *context) {
    struct visiting v = {a, visit, context};
    spans_each(&a->state->now->heap.spans, visit_span, &v);
}

// ---- all of them ----

static void list_block(const struct answer_live_block *block,
                       const struct span *span, uint32_t stack, void *context) {
    struct answer *a = context;
    (void)span, (void)stack;
    if (a->live_block_count < a->now.live_blocks)
        a->live_blocks[a->live_block_count++] = *block;
}

static void list_all(struct answer *a) {
    a->live_blocks =
        pool_get(&a->state->pool, a->now.live_blocks * sizeof *a->live_blocks);
    live_blocks_each(a, list_block, a);
}

size_t live_blocks(struct answer *a) {
    struct pool *pool = &a->state->pool;
    jmp_buf out;
    if (a->live_blocks_listed)
        return a->live_block_count;
    a->live_blocks_listed = true;
    if (pool_try(pool, out)) {
        list_all(a);
    } else {
        a->live_block_count = 0;
        a->unlisted_bytes = pool->refused;
    }
    pool_done(pool);
    return a->live_block_count;
}
