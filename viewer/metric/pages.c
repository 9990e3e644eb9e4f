// pages.c - which pages were not in memory, by the last sample, and where huge
// blocks lie.
#include "viewer/metric/pages.h"

static void note(struct pages *pages, const struct heap_change *change) {
    if (!pages->sampled || pages->time != change->time)
        pages->count = 0;
    pages->sampled = true;
    pages->time = change->time;
    pages->runs = pool_grow(pages->pool, pages->runs, pages->count,
                            &pages->capacity, sizeof *pages->runs);
    pages->runs[pages->count++] = (struct page_run){
        change->value[0], change->value[1],
        change->part == TRACE_EVENT_PAGES ? change->value[2] : PAGES_REGION};
}

static void map_huge(struct pages *pages, const struct heap_change *change) {
    uint32_t place = ring_index_find(&pages->huge, change->span);
    if (place == (uint32_t)RING_NONE) {
        place = (uint32_t)pages->address_count;
        pages->addresses =
            pool_grow(pages->pool, pages->addresses, pages->address_count,
                      &pages->address_capacity, sizeof *pages->addresses);
        pages->address_count++;
        ring_index_set(&pages->huge, change->span, place);
    }
    pages->addresses[place] = change->address;
}

static void pages_feed(void *metric, const struct metric_context *context,
                       const struct heap_change *changes, size_t count) {
    struct pages *pages = metric;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_HUGE_MAPPED)
            map_huge(pages, change);
        else if (change->kind == CHANGE_NOTE &&
                 (change->part == TRACE_EVENT_PAGES ||
                  change->part == TRACE_EVENT_RESIDENCY))
            note(pages, change);
    }
}

static void pages_start(void *metric, const struct metric_context *context) {
    struct pages *pages = metric;
    pages->pool = pages->huge.pool = context->pool;
}

static void pages_free(void *metric) {
    struct pages *pages = metric;
    pool_give(pages->pool, pages->runs);
    pool_give(pages->pool, pages->addresses);
    ring_index_free(&pages->huge);
}

static void pages_save(const void *metric, const struct metric_context *context,
                       struct pack *pack) {
    const struct pages *pages = metric;
    (void)context;
    pack_put(pack, &pages->time, sizeof pages->time);
    pack_put(pack, &pages->sampled, sizeof pages->sampled);
    pack_put_array(pack, pages->runs, pages->count, sizeof *pages->runs);
    pack_put_array(pack, pages->addresses, pages->address_count,
                   sizeof *pages->addresses);
    ring_index_save(&pages->huge, pack);
}

static bool pages_restore(void *metric, const struct metric_context *context,
                          struct pack *pack) {
    struct pages *pages = metric;
    (void)context;
    bool whole =
        pack_take(pack, &pages->time, sizeof pages->time) &&
        pack_take(pack, &pages->sampled, sizeof pages->sampled) &&
        pack_take_array(pack, pages->pool, (void **)&pages->runs, &pages->count,
                        sizeof *pages->runs) &&
        pack_take_array(pack, pages->pool, (void **)&pages->addresses,
                        &pages->address_count, sizeof *pages->addresses) &&
        ring_index_restore(&pages->huge, pack);
    pages->capacity = pages->count;
    pages->address_capacity = pages->address_count;
    return whole;
}

const struct metric pages_metric = {
    .key = "pages",
    .kinds = CHANGE_SET(CHANGE_NOTE) | CHANGE_SET(CHANGE_HUGE_MAPPED),
    .start = pages_start,
    .feed = pages_feed,
    .free = pages_free,
    .save = pages_save,
    .restore = pages_restore,
};

uint64_t pages_of_huge(const struct pages *pages, uint32_t span) {
    uint32_t place = ring_index_find(&pages->huge, span);
    return place == (uint32_t)RING_NONE ? 0 : pages->addresses[place];
}
