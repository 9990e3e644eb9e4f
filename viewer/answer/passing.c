// passing.c - which blocks the filter of an answer lets pass, of those that are
// born and die while a recording is seen again.
#include "viewer/answer/passing.h"

#include <string.h>

#include "viewer/answer/block_filter.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/state.h"
#include "viewer/names/stack.h"

enum of_site { NOT_KNOWN, PASSES, IS_KEPT_OUT };

static const struct metrics *all_of(const struct passing *p) {
    return &p->answer->state->of->whole.metrics;
}

void passing_start(struct passing *p, struct answer *a) {
    size_t stacks = a->state->of->whole.metrics.stacks.count;
    *p = (struct passing){
        .answer = a, .filter = a->filter, .pool = &a->state->pool};
    p->places.pool = p->tags.pool = p->pool;
    p->sites = pool_zeroed(p->pool, stacks, sizeof *p->sites);
    p->of_site = pool_zeroed(p->pool, stacks, 1);
}

void passing_begin(struct passing *p) {
    for (size_t i = 0; i < p->span_count; i++)
        pool_give(p->pool, p->spans[i].blocks);
    p->span_count = 0;
    ring_index_free(&p->places);
    ring_index_free(&p->tags);
}

void passing_free(struct passing *p) {
    passing_begin(p);
    pool_give(p->pool, p->spans);
    pool_give(p->pool, p->sites);
    pool_give(p->pool, p->of_site);
}

// ---- blocks ----

static struct passing_span *span_of(struct passing *p, uint32_t number) {
    uint32_t place = ring_index_find(&p->places, number);
    if (place == (uint32_t)RING_NONE) {
        place = (uint32_t)p->span_count;
        ring_index_set(&p->places, number, place);
        p->spans = pool_grow(p->pool, p->spans, p->span_count,
                             &p->span_capacity, sizeof *p->spans);
        p->spans[p->span_count++] = (struct passing_span){.heap = 0};
    }
    return &p->spans[place];
}

static struct passing_block *block_of(struct passing *p, uint32_t number,
                                      uint32_t block) {
    struct passing_span *span = span_of(p, number);
    if (block >= span->capacity) {
        uint32_t capacity = span->capacity ? span->capacity * 2 : 8;
        while (capacity <= block)
            capacity *= 2;
        span->blocks =
            pool_resize(p->pool, span->blocks, capacity, sizeof *span->blocks);
        memset(span->blocks + span->capacity, 0,
               (capacity - span->capacity) * sizeof *span->blocks);
        span->capacity = capacity;
    }
    return &span->blocks[block];
}

struct passing_block *passing_block(struct passing *p,
                                    const struct heap_change *change) {
    return block_of(p, change->span, change->block);
}

// ---- where it begins ----

static void begin_span(struct span *span, void *context) {
    struct passing *p = context;
    if (span->place == SPAN_IN_HEAP)
        span_of(p, span->number)->heap = span->heap;
}

// The list of tags grows at its end alone: places in it stay.
void passing_begin_at(struct passing *p, const struct replay *replay) {
    const struct tags *tags = &replay->metrics.tags;
    passing_begin(p);
    spans_each(&replay->heap.spans, begin_span, p);
    for (size_t i = 0; i < tags->rings.capacity; i++) {
        const struct ring_place *place = &tags->rings.places[i];
        if (place->place)
            ring_index_set(&p->tags, place->ring, place->place - 1);
    }
    for (size_t i = 0; i < tags->span_count; i++)
        for (uint32_t k = 0; k < tags->spans[i].capacity; k++)
            if (tags->spans[i].tags[k] != TAGS_NONE)
                block_of(p, tags->spans[i].span, k)->tag =
                    tags->spans[i].tags[k];
}

// ---- whether it passes ----

static const struct site *site_of(struct passing *p, uint32_t index,
                                  uint32_t node) {
    struct answer_state *state = p->answer->state;
    const struct stacks *now = &state->now->metrics.stacks;
    struct site *site = &p->sites[index];
    if (p->of_site[index] != NOT_KNOWN)
        return site;
    p->of_site[index] = IS_KEPT_OUT;
    if (stacks_has(now, node)) {
        *site = p->answer->sites[state->site_of_stack[stacks_find(now, node)]]
                    .where;
    } else {
        *site = site_of_frame(stack_naming_frame(
            state_names(state), &state->tables, node, state->wrappers));
        state_names_done(state);
    }
    if (p->filter->of_sites) {
        const struct answer_live_block of_it = {.where = site};
        if (p->filter->holds(p->filter, &of_it))
            p->of_site[index] = PASSES;
    }
    return site;
}

// The facts are all there but for the call site.
static bool holds(struct passing *p, uint32_t node, struct block_facts *facts) {
    const struct stacks *stacks = &all_of(p)->stacks;
    if (!stacks_has(stacks, node))
        return false;
    uint32_t index = stacks_find(stacks, node);
    facts->where = site_of(p, index, node);
    if (p->filter->of_sites)
        return p->of_site[index] == PASSES;
    const struct answer_live_block row = live_block(p->answer, facts);
    return p->filter->holds(p->filter, &row);
}

bool passing_holds(struct passing *p, const struct heap_change *change,
                   uint64_t now) {
    const struct tags *tags = &all_of(p)->tags;
    uint16_t tag = passing_block(p, change)->tag;
    struct block_facts facts = {.span = change->span,
                                .number = change->block,
                                .heap = span_of(p, change->span)->heap,
                                .class_index = change->class_index,
                                .block_bytes = change->block_bytes,
                                .tag = tag < tags->count ? tags->list[tag].text
                                                         : 0,
                                .bytes = change->wanted,
                                .birth = change->birth,
                                .now = now};
    return holds(p, change->stack, &facts);
}

bool passing_lived(struct passing *p, const struct span *span, uint32_t number,
                   uint64_t now) {
    const struct heap_change change = {.span = span->number,
                                       .block = number,
                                       .class_index = span->class_index,
                                       .block_bytes = span->block_bytes,
                                       .stack = span->slots[number].stack,
                                       .wanted = span_wanted(span, number),
                                       .birth = span->slots[number].birth};
    return passing_holds(p, &change, now);
}

bool passing_lives(struct passing *p, const struct replay *replay,
                   const struct span *span, uint32_t number) {
    const struct slot *slot = &span->slots[number];
    struct block_facts facts = {
        .span = span->number,
        .number = number,
        .heap = span->heap,
        .class_index = span->class_index,
        .block_bytes = span->block_bytes,
        .tag = tags_text_of(&replay->metrics.tags, span->number, number),
        .bytes = span_wanted(span, number),
        .birth = slot->birth,
        .now = replay->heap.time};
    return holds(p, slot->stack, &facts);
}

// ---- changes ----

static void born(struct passing *p, const struct heap_change *change) {
    bool resized = (change->flags & (CHANGE_COUNTS | CHANGE_CONTINUES)) == 0;
    if (resized)
        return; // it keeps its tag
    uint32_t tag = ring_index_find(&p->tags, change->ring);
    passing_block(p, change)->tag =
        tag == (uint32_t)RING_NONE ? TAGS_NONE : (uint16_t)tag;
}

static void note(struct passing *p, const struct heap_change *change) {
    const struct tags *tags = &all_of(p)->tags;
    if (change->part != TRACE_EVENT_TAG)
        return;
    for (uint32_t i = 0; i < tags->count; i++)
        if (tags->list[i].text == change->value[0]) {
            ring_index_set(&p->tags, change->ring, i);
            return;
        }
    ring_index_set(&p->tags, change->ring, TAGS_NONE);
}

// All that lives is told anew.
static void state_begins(struct passing *p) {
    for (size_t i = 0; i < p->span_count; i++) {
        if (p->spans[i].capacity > 0)
            memset(p->spans[i].blocks, 0,
                   p->spans[i].capacity * sizeof *p->spans[i].blocks);
        p->spans[i].heap = 0;
    }
    ring_index_free(&p->tags);
}

void passing_see(struct passing *p, const struct heap_change *change) {
    switch (change->kind) {
    case CHANGE_BORN:
        born(p, change);
        return;
    case CHANGE_SPAN:
        span_of(p, change->span)->heap = change->to.heap;
        return;
    case CHANGE_COLLECTED:
        span_of(p, change->span)->heap = change->to_heap;
        return;
    case CHANGE_NOTE:
        note(p, change);
        return;
    case CHANGE_STATE_BEGINS:
        state_begins(p);
        return;
    default:
        return;
    }
}
