// stacks.c - allocations, frees and live blocks of each exact stack.
//
// What a stack had at the last peak is kept without looking at all stacks at
// each: the first change after a peak notes what was there before it.
#include "viewer/metric/stacks.h"

#include <stdlib.h>

#include "viewer/metric/sums.h"

static void add(struct stacks *stacks, uint32_t node, uint32_t *index) {
    stacks->list = pool_grow(stacks->pool, stacks->list, stacks->count,
                             &stacks->capacity, sizeof *stacks->list);
    stacks->list[stacks->count] = (struct stack_counts){.node = node};
    *index = (uint32_t)++stacks->count;
}

__attribute__((cold, noinline)) static void add_chunk(struct stacks *stacks,
                                                      uint32_t chunk) {
    if (chunk >= stacks->chunk_count) {
        size_t count = chunk + 1;
        stacks->index_of_node =
            pool_resize(stacks->pool, stacks->index_of_node, count,
                        sizeof *stacks->index_of_node);
        for (size_t i = stacks->chunk_count; i < count; i++)
            stacks->index_of_node[i] = NULL;
        stacks->chunk_count = count;
    }
    stacks->index_of_node[chunk] = pool_zeroed(stacks->pool, TABLES_NODE_CHUNK,
                                               sizeof **stacks->index_of_node);
}

static inline struct stack_counts *stack_of(struct stacks *stacks,
                                            uint32_t node) {
    uint32_t chunk = node / TABLES_NODE_CHUNK;
    if (chunk >= stacks->chunk_count || !stacks->index_of_node[chunk])
        add_chunk(stacks, chunk);
    uint32_t *index = &stacks->index_of_node[chunk][node % TABLES_NODE_CHUNK];
    if (!*index)
        add(stacks, node, index);
    return &stacks->list[*index - 1];
}

static void stacks_start(void *metric, const struct metric_context *context) {
    struct stacks *stacks = metric;
    stacks->pool = stacks->rings.pool = context->pool;
    stack_of(stacks, 0);
}

static void stacks_free(void *metric) {
    struct stacks *stacks = metric;
    for (size_t i = 0; i < stacks->chunk_count; i++)
        pool_give(stacks->pool, stacks->index_of_node[i]);
    pool_give(stacks->pool, stacks->index_of_node);
    pool_give(stacks->pool, stacks->list);
    pool_give(stacks->pool, stacks->last);
    ring_index_free(&stacks->rings);
}

static struct stacks_last *last_of(struct stacks *stacks, uint32_t ring) {
    uint32_t place = ring_index_find(&stacks->rings, ring);
    if (place != (uint32_t)RING_NONE)
        return &stacks->last[place];
    stacks->last = pool_grow(stacks->pool, stacks->last, stacks->last_count,
                             &stacks->last_capacity, sizeof *stacks->last);
    ring_index_set(&stacks->rings, ring, (uint32_t)stacks->last_count);
    struct stacks_last *last = &stacks->last[stacks->last_count++];
    *last = (struct stacks_last){ring, UINT32_MAX, 0};
    return last;
}

// Before live_bytes changes.
static inline void remember_peak(struct stack_counts *stack, uint64_t peak,
                                 uint64_t event) {
    if (stack->changed_at <= peak)
        stack->peak_used_bytes = stack->live_bytes;
    stack->changed_at = event;
}

static inline void born(struct stacks *stacks, const struct heap_change *change,
                        uint64_t peak, struct stacks_last *last) {
    struct stack_counts *stack = stack_of(stacks, change->stack);
    remember_peak(stack, peak, change->event);
    stack->live_blocks++;
    stack->live_bytes += change->wanted;
    stack->block_bytes += change->taken;
    if (!(change->flags & CHANGE_COUNTS))
        return;
    stack->allocations++;
    stack->allocated_bytes += change->wanted;
    last->span = change->span;
    last->block = change->block;
}

static inline void died(struct stacks *stacks, const struct heap_change *change,
                        uint64_t peak, struct stacks_last *last) {
    struct stack_counts *stack = stack_of(stacks, change->stack);
    remember_peak(stack, peak, change->event);
    stack->live_blocks--;
    stack->live_bytes -= change->wanted;
    stack->block_bytes -= change->taken;
    if (change->flags & CHANGE_TAKES_BACK)
        stack->allocations -= stack->allocations > 0;
    if (!(change->flags & CHANGE_COUNTS))
        return;
    stack->frees++;
    if (last->span == change->span && last->block == change->block) {
        stack->temporary++;
        last->span = UINT32_MAX;
    }
}

static void forget_live(struct stacks *stacks, uint64_t peak, uint64_t event) {
    for (size_t i = 0; i < stacks->count; i++) {
        struct stack_counts *stack = &stacks->list[i];
        remember_peak(stack, peak, event);
        stack->live_blocks = stack->live_bytes = stack->block_bytes = 0;
    }
}

// What has not been told again was freed.
static void count_freed(struct span *span, void *context) {
    struct stacks *stacks = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    for (uint32_t i = 0; i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE)
            stack_of(stacks, span->slots[i].stack)->frees++;
}

static void stacks_feed(void *metric, const struct metric_context *context,
                        const struct heap_change *changes, size_t count) {
    struct stacks *stacks = metric;
    // The last peak of the batch: what was kept for earlier ones is replaced.
    uint64_t peak = context->sums->peaks.used.event;
    struct stacks_last *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        switch (change->kind) {
        case CHANGE_BORN:
        case CHANGE_DIED:
            if (!last || last->ring != change->ring)
                last = last_of(stacks, change->ring);
            if (change->kind == CHANGE_BORN)
                born(stacks, change, peak, last);
            else
                died(stacks, change, peak, last);
            break;
        case CHANGE_STATE_BEGINS:
            forget_live(stacks, peak, change->event);
            break;
        case CHANGE_STATE_ENDS:
            spans_each(&context->heap->before->spans, count_freed, stacks);
            break;
        case CHANGE_CONTRADICTION:
            if (change->of != SLOT_NEVER)
                stack_of(stacks, change->of);
            break;
        default:
            break;
        }
    }
}

static void stacks_save(const void *metric,
                        const struct metric_context *context,
                        struct pack *pack) {
    (void)context;
    const struct stacks *stacks = metric;
    pack_put_array(pack, stacks->list, stacks->count, sizeof *stacks->list);
    pack_put_array(pack, stacks->last, stacks->last_count,
                   sizeof *stacks->last);
}

static bool stacks_restore(void *metric, const struct metric_context *context,
                           struct pack *pack) {
    struct stacks *stacks = metric;
    struct stack_counts *list = NULL;
    size_t count;
    (void)context;
    if (!pack_take_array(pack, stacks->pool, (void **)&list, &count,
                         sizeof *list) ||
        !pack_take_array(pack, stacks->pool, (void **)&stacks->last,
                         &stacks->last_count, sizeof *stacks->last)) {
        pool_give(stacks->pool, list);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        *stack_of(stacks, heap_stack(list[i].node)) = list[i];
    pool_give(stacks->pool, list);
    stacks->last_capacity = stacks->last_count;
    for (size_t i = 0; i < stacks->last_count; i++)
        ring_index_set(&stacks->rings, stacks->last[i].ring, (uint32_t)i);
    return true;
}

const struct metric stacks_metric = {
    .key = "stacks",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_STATE_BEGINS) | CHANGE_SET(CHANGE_STATE_ENDS) |
             CHANGE_SET(CHANGE_CONTRADICTION),
    .start = stacks_start,
    .feed = stacks_feed,
    .free = stacks_free,
    .save = stacks_save,
    .restore = stacks_restore,
};

uint64_t stacks_at_peak(const struct stack_counts *stack,
                        const struct sums *sums) {
    return stack->changed_at <= sums->peaks.used.event ? stack->live_bytes
                                                       : stack->peak_used_bytes;
}
