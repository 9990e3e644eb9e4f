// model.c - see model.h.
#include "tests/core/model.h"

#include <string.h>

struct model model;

static _Atomic(size_t) segment_bytes[MODEL_SPANS / 64];
static size_t huge_bytes[MODEL_HUGE];

static void mistake(const char *what) {
    const char *none = NULL;

    add_relaxed(&model.mistakes, 1);
    cas_strong_relaxed(&model.first_mistake, &none, what);
}

static void expect(int holds, const char *what) {
    if (!holds)
        mistake(what);
}

// The entry of a span or huge block, or NULL when it is too many.
static struct model_span *entry(uint32_t span) {
    uint32_t serial = span & ~RP_HUGE_BIT;

    add_relaxed(&model.events, 1);
    if ((span & RP_HUGE_BIT) != 0)
        return serial < MODEL_HUGE ? &model.huge[serial] : NULL;
    return span < MODEL_SPANS ? &model.spans[span] : NULL;
}

static uint64_t block_bit(uint32_t block) {
    return UINT64_C(1) << block % 64;
}

// ---- blocks ----

// A page that is there while the block lives: the header's, or the block's own
// when blocks fill the span.
static unsigned known_page(const struct model_span *s, uint32_t block) {
    enum { PAGE = 4096 };
    struct rp_class_info class = {0};

    if (s->class_index != RP_CLASS_LARGE)
        class = rp_class(s->class_index);
    return class.block_bytes * class.blocks_per_span == rp_layout().span_bytes
               ? block * class.block_bytes / PAGE
               : 0;
}

void model_alloc(uint32_t span, uint32_t block) {
    struct model_span *s = entry(span);

    if (s == NULL)
        return;
    expect((load_relaxed(&s->gone) >> known_page(s, block) & 1) == 0,
           "alloc in a span without memory");
    uint64_t before = or_acq_rel(&s->blocks[block / 64], block_bit(block));
    expect((before & block_bit(block)) == 0, "alloc of a block that is live");
    expect(load_relaxed(&s->place) == MODEL_IN_USE,
           "alloc in a span that nobody acquired");
    add_relaxed(&s->live, 1);
}

void model_free(uint32_t span, uint32_t block, int deferred) {
    struct model_span *s = entry(span);

    if (s == NULL)
        return;
    uint64_t before = and_acq_rel(&s->blocks[block / 64], ~block_bit(block));
    expect((before & block_bit(block)) != 0, "free of a block that is free");
    sub_relaxed(&s->live, 1);
    if (deferred)
        add_relaxed(&s->deferred, 1);
}

void model_touch(uint32_t span, uint32_t block) {
    struct model_span *s = entry(span);

    if (s == NULL)
        return;
    uint64_t bits = load_relaxed(&s->blocks[block / 64]);
    expect((bits & block_bit(block)) != 0, "use of a block that is free");
}

void model_deferred_collect(uint32_t span, uint32_t heap, uint32_t count) {
    struct model_span *s = entry(span);

    if (s == NULL)
        return;
    uint32_t before = sub_relaxed(&s->deferred, count);
    expect(count <= before, "more blocks collected than deferred");
    // Whose a huge block is, of a heap of first class, nobody tells.
    expect((span & RP_HUGE_BIT) != 0 || s->heap == heap,
           "blocks collected by another heap");
}

// ---- spans ----

void model_span_acquire(uint32_t span, uint32_t count, uint32_t heap,
                        uint32_t class_index) {
    for (uint32_t i = 0; i < count; ++i) {
        struct model_span *s = entry(span + i);
        if (s == NULL)
            continue;
        uint32_t place = swap_acq_rel(&s->place, MODEL_IN_USE);
        expect(place == MODEL_FREE, "acquire of a span that is not free");
        expect(load_relaxed(&s->live) == 0 && load_relaxed(&s->deferred) == 0,
               "acquire of a span with blocks");
        expect(load_relaxed(&s->gone) == 0, "acquire of a span without memory");
        s->class_index = class_index;
        s->heap = heap;
        s->count = i == 0 ? count : 0;
    }
}

void model_span_release(uint32_t span, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        struct model_span *s = entry(span + i);
        if (s == NULL)
            continue;
        expect(s->count == (i == 0 ? count : 0),
               "release of another run than was acquired");
        expect(load_relaxed(&s->live) == 0 && load_relaxed(&s->deferred) == 0,
               "release of a span with blocks");
        uint32_t place = swap_acq_rel(&s->place, MODEL_FREE);
        expect(place == MODEL_IN_USE, "release of a span that is not in use");
    }
}

void model_span_transfer(uint32_t span, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        struct model_span *s = entry(span + i);
        if (s != NULL)
            expect(load_relaxed(&s->place) == MODEL_FREE,
                   "transfer of a span that is in use");
    }
}

void model_pages(uint32_t span, size_t offset, size_t bytes, int is_gone) {
    enum { PAGE = 4096, PAGES = 16 };

    expect(offset % PAGE == 0 && bytes % PAGE == 0 && bytes != 0,
           "memory goes and comes by whole pages");
    for (size_t page = offset / PAGE; page < (offset + bytes) / PAGE; ++page) {
        struct model_span *s = entry(span + (uint32_t)(page / PAGES));
        uint32_t bit = 1u << page % PAGES;
        if (s == NULL)
            continue;
        uint32_t before =
            is_gone ? or_acq_rel(&s->gone, bit) : and_acq_rel(&s->gone, ~bit);
        expect(((before & bit) != 0) != is_gone,
               is_gone ? "a page goes that is gone"
                       : "a page comes that is there");
    }
}

// ---- memory ----

void model_segment_map(uint32_t segment, size_t bytes, uint32_t spans) {
    add_relaxed(&model.held, bytes);
    if (segment >= MODEL_SPANS / 64)
        return;
    expect(swap_relaxed(&segment_bytes[segment], bytes) == 0,
           "a segment is mapped twice");
    for (uint32_t i = 0; i < spans; ++i) {
        uint32_t place =
            swap_acq_rel(&model.spans[segment * 64 + i].place, MODEL_FREE);
        expect(place == MODEL_UNKNOWN, "a span is mapped twice");
    }
}

void model_segment_unmap(uint32_t segment) {
    if (segment >= MODEL_SPANS / 64)
        return;
    size_t bytes = swap_relaxed(&segment_bytes[segment], 0);
    expect(bytes != 0, "unmap of a segment that is not mapped");
    sub_relaxed(&model.held, bytes);
    for (uint32_t i = 0; i < 64; ++i) {
        struct model_span *s = &model.spans[segment * 64 + i];
        // A finalize unmaps spans as they are, but for blocks.
        expect(load_relaxed(&s->live) == 0 && load_relaxed(&s->deferred) == 0,
               "unmap of a segment with blocks");
        store_relaxed(&s->place, MODEL_UNKNOWN);
        store_relaxed(&s->gone, 0);
    }
}

void model_huge_map(uint32_t span, size_t bytes) {
    struct model_span *s = entry(span);

    add_relaxed(&model.held, bytes);
    if (s == NULL)
        return;
    huge_bytes[span & ~RP_HUGE_BIT] = bytes;
    expect(swap_acq_rel(&s->place, MODEL_IN_USE) == MODEL_UNKNOWN,
           "a huge block is mapped twice");
    s->class_index = RP_CLASS_LARGE;
}

void model_huge_unmap(uint32_t span) {
    struct model_span *s = entry(span);

    if (s == NULL)
        return;
    sub_relaxed(&model.held, huge_bytes[span & ~RP_HUGE_BIT]);
    expect(load_relaxed(&s->live) == 0, "unmap of a huge block that is live");
    expect(swap_acq_rel(&s->place, MODEL_UNKNOWN) == MODEL_IN_USE,
           "unmap of a huge block that is not mapped");
}

void model_bookkeeping(size_t bytes, int is_mapped) {
    if (is_mapped)
        add_relaxed(&model.held, bytes);
    else
        sub_relaxed(&model.held, bytes);
}

// ---- comparisons ----

static size_t seen; // spans and huge blocks that rp_walk visited

static void compare(const struct rp_span_info *info, void *context) {
    const struct model_span *s = entry(info->number);

    (void)context;
    ++seen;
    if (s == NULL)
        return;
    int is_huge = (info->number & RP_HUGE_BIT) != 0;
    expect(load_relaxed(&s->place) == MODEL_IN_USE,
           "walk found a span that the hooks did not tell of");
    expect(is_huge || s->count == info->span_count,
           "walk found a run of another length");
    expect(s->class_index == info->class_index || is_huge,
           "walk found another class");
    expect(is_huge || s->heap == info->heap, "walk found another heap");
    expect(load_relaxed(&s->live) == info->live_blocks,
           "walk counted another number of live blocks");
    expect(load_relaxed(&s->deferred) == info->deferred_blocks,
           "walk counted another number of deferred blocks");
}

static size_t count_occupied(const struct model_span *spans, size_t count) {
    size_t sum = 0;

    for (size_t i = 0; i < count; ++i)
        sum += load_relaxed(&spans[i].live) != 0 ||
               load_relaxed(&spans[i].deferred) != 0;
    return sum;
}

int model_matches_walk(void) {
    size_t before = load_relaxed(&model.mistakes);

    seen = 0;
    rp_walk(compare, NULL);
    expect(seen == count_occupied(model.spans, MODEL_SPANS) +
                       count_occupied(model.huge, MODEL_HUGE),
           "walk did not find every span with blocks");
    return load_relaxed(&model.mistakes) == before;
}

static struct model before_replay;

static void replay_blocks(const struct rp_past *past, void *context) {
    (void)context;
    for (uint32_t i = 0; i < 64; i++) {
        if ((past->in_use >> i & 1) == 0)
            continue;
        model_alloc(past->span, past->first + i);
        if ((past->deferred >> i & 1) != 0)
            model_free(past->span, past->first + i, 1);
    }
}

static void compare_spans(const struct model_span *old,
                          const struct model_span *now, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        int is_used = load_relaxed(&now[i].place) == MODEL_IN_USE;
        expect(load_relaxed(&old[i].place) == load_relaxed(&now[i].place),
               "replay told of another place of a span");
        expect(!is_used ||
                   (old[i].class_index == now[i].class_index &&
                    old[i].heap == now[i].heap && old[i].count == now[i].count),
               "replay told of another class, heap or length");
        expect(load_relaxed(&old[i].live) == load_relaxed(&now[i].live) &&
                   load_relaxed(&old[i].deferred) ==
                       load_relaxed(&now[i].deferred),
               "replay told of another number of blocks");
        expect(load_relaxed(&old[i].gone) == load_relaxed(&now[i].gone),
               "replay told of other pages");
        expect(memcmp((const void *)old[i].blocks, (const void *)now[i].blocks,
                      sizeof now[i].blocks) == 0,
               "replay told of other blocks");
    }
}

int model_matches_replay(void) {
    size_t before = load_relaxed(&model.mistakes);

    memcpy((void *)&before_replay, (void *)&model, sizeof model);
    memset((void *)&model, 0, sizeof model);
    memset((void *)segment_bytes, 0, sizeof segment_bytes);
    store_relaxed(&model.mistakes, before);
    rp_replay(replay_blocks, NULL);
    compare_spans(before_replay.spans, model.spans, MODEL_SPANS);
    compare_spans(before_replay.huge, model.huge, MODEL_HUGE);
    expect(load_relaxed(&before_replay.held) == load_relaxed(&model.held),
           "replay told of other memory");
    return load_relaxed(&model.mistakes) == before;
}
