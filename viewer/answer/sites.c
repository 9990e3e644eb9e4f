// sites.c - call sites: exact stacks, grouped by nearest user frame.
#include "viewer/answer/sites.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/same_names.h"
#include "viewer/answer/filtered.h"
#include "viewer/answer/state.h"
#include "viewer/metric/pins.h"
#include "viewer/names/stack.h"

// A hash of sites by what names them.
struct site_table {
    struct pool *pool;
    struct answer_site *sites;
    size_t count, capacity;
    uint32_t *index; // site + 1; open addressing
    size_t index_size;
};

static uint32_t find_site(struct site_table *table, const struct site *site) {
    if (table->count * 2 >= table->index_size) {
        pool_give(table->pool, table->index);
        table->index_size = table->index_size ? table->index_size * 2 : 256;
        table->index =
            pool_zeroed(table->pool, table->index_size, sizeof *table->index);
        for (size_t i = 0; i < table->count; i++) {
            size_t at =
                site_hash(&table->sites[i].where) & (table->index_size - 1);
            while (table->index[at])
                at = (at + 1) & (table->index_size - 1);
            table->index[at] = (uint32_t)i + 1;
        }
    }
    size_t at = site_hash(site) & (table->index_size - 1);
    for (; table->index[at]; at = (at + 1) & (table->index_size - 1))
        if (site_same(&table->sites[table->index[at] - 1].where, site))
            return table->index[at] - 1;
    table->sites = pool_grow(table->pool, table->sites, table->count,
                             &table->capacity, sizeof *table->sites);
    table->sites[table->count++] = (struct answer_site){.where = *site};
    table->index[at] = (uint32_t)table->count;
    return table->index[at] - 1;
}

static void add_counts(struct answer_counts *to,
                       const struct answer_counts *from) {
    to->live_blocks += from->live_blocks;
    to->live_bytes += from->live_bytes;
    to->rounding_bytes += from->rounding_bytes;
    to->allocations += from->allocations;
    to->frees += from->frees;
    to->allocated_bytes += from->allocated_bytes;
    to->temporary += from->temporary;
    to->peak_used_bytes += from->peak_used_bytes;
    to->share_mean += from->share_mean;
}

static void set_pin(struct answer_counts *counts, const struct pin *pin) {
    counts->alone_bytes = pin->alone;
    counts->spans = pin->spans;
    counts->alone_spans = pin->alone_spans;
    counts->moved_bytes = pin->moved;
}

struct remainder {
    double part;
    uint32_t group;
};

static int compare_remainders(const void *left, const void *right) {
    const struct remainder *a = left, *b = right;
    if (a->part != b->part)
        return a->part > b->part ? -1 : 1;
    return a->group < b->group ? -1 : 1;
}

// Whole bytes for each group that add up to the total: rounded down, and the
// bytes that are left go to the largest remainders. False when the shares do
// not add up to the total to begin with.
static bool whole_shares(const struct pins *pins, uint64_t *bytes) {
    struct remainder *rest =
        pool_get(pins->pool, pins->group_count * sizeof *rest);
    double sum = 0;
    uint64_t given = 0;
    for (size_t i = 0; i < pins->group_count; i++) {
        sum += pins->groups[i].share;
        bytes[i] = (uint64_t)pins->groups[i].share;
        given += bytes[i];
        rest[i] = (struct remainder){pins->groups[i].share - (double)bytes[i],
                                     (uint32_t)i};
    }
    double error = sum - (double)pins->total;
    bool conserved = error <= 1 + sum * 1e-9 && error >= -(1 + sum * 1e-9);
    if (pins->group_count > 0)
        qsort(rest, pins->group_count, sizeof *rest, compare_remainders);
    for (size_t i = 0; i < pins->group_count && given < pins->total; i++) {
        bytes[rest[i].group]++;
        given++;
    }
    pool_give(pins->pool, rest);
    return conserved && given == pins->total;
}

static int compare_counts(const struct answer_counts *a,
                          const struct answer_counts *b) {
    if (a->live_bytes != b->live_bytes)
        return a->live_bytes > b->live_bytes ? -1 : 1;
    if (a->share_bytes != b->share_bytes)
        return a->share_bytes > b->share_bytes ? -1 : 1;
    if (a->allocated_bytes != b->allocated_bytes)
        return a->allocated_bytes > b->allocated_bytes ? -1 : 1;
    return 0;
}

static int compare_names(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_sites(const void *left, const void *right) {
    const struct answer_site *a = left, *b = right;
    int order = compare_counts(&a->counts, &b->counts);
    if (order == 0)
        order = compare_names(a->where.function, b->where.function);
    if (order == 0)
        order = compare_names(a->where.file, b->where.file);
    if (order == 0)
        order =
            (a->where.line > b->where.line) - (a->where.line < b->where.line);
    if (order == 0)
        order = (a->where.offset > b->where.offset) -
                (a->where.offset < b->where.offset);
    return order;
}

static int compare_stacks(const void *left, const void *right) {
    const struct answer_stack *a = left, *b = right;
    if (a->site != b->site)
        return a->site < b->site ? -1 : 1;
    int order = compare_counts(&a->counts, &b->counts);
    return order ? order : (a->node > b->node) - (a->node < b->node);
}

static int compare_pins(const void *left, const void *right, void *sites) {
    const struct answer_site *list = sites;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    const struct answer_counts *x = &list[a].counts;
    const struct answer_counts *y = &list[b].counts;
    if (x->share_bytes != y->share_bytes)
        return x->share_bytes > y->share_bytes ? -1 : 1;
    if (x->alone_bytes != y->alone_bytes)
        return x->alone_bytes > y->alone_bytes ? -1 : 1;
    return a < b ? -1 : a > b;
}

// Of the blocks that the filter lets pass. What is known of all blocks since
// the start is kept where they are all blocks of the site, or none.
static void keep_passed(const struct answer *a, struct answer_stack *stack,
                        const struct filtered_stack *passed) {
    const struct answer_counts all = stack->counts;
    stack->counts = (struct answer_counts){.share_bytes = all.share_bytes};
    if (filtered_keeps_site(a, &a->sites[stack->site].where))
        stack->counts = all;
    stack->counts.live_blocks = passed->blocks;
    stack->counts.live_bytes = passed->bytes;
    stack->counts.rounding_bytes = passed->taken - passed->bytes;
}

// Counts, pins and stacks of `answer`, with sites in the order of the table.
static void fill_counts(struct answer *a, struct pins *by_site) {
    struct answer_state *state = a->state;
    const struct metrics *metrics = &state->now->metrics;
    const struct heap *heap = &state->now->heap;
    const struct stacks *stacks = &metrics->stacks;
    size_t count = stacks->count;
    struct pins by_stack;
    struct filtered_stack *passed =
        a->filter ? pool_get(&a->state->pool, count * sizeof *passed) : NULL;
    uint32_t *itself = pool_get(&a->state->pool, count * sizeof *itself);
    uint64_t *shares =
        pool_get(&a->state->pool, (count + a->site_count) * sizeof *shares);
    double *over_time = pool_get(&a->state->pool, count * sizeof *over_time);

    for (size_t i = 0; i < count; i++)
        itself[i] = (uint32_t)i;
    if (passed) {
        filtered_stacks(a, passed, &by_stack, count, by_site, a->site_count);
    } else {
        struct pins_tenants tenants;
        pins_tenants_find(&tenants, heap, stacks);
        pins_compute(&by_stack, heap, &tenants, itself, count);
        pins_compute(by_site, heap, &tenants, state->site_of_stack,
                     a->site_count);
        pins_tenants_free(&tenants);
    }
    pins_over_time_read(&metrics->pins_over_time, &metrics->context, over_time);
    a->free_block_bytes = by_site->total;

    a->quality.pins_conserved = whole_shares(&by_stack, shares);
    for (size_t i = 0; i < count; i++) {
        const struct stack_counts *from = &stacks->list[i];
        struct answer_stack *to = &a->stacks[i];
        to->node = from->node;
        to->site = state->site_of_stack[i];
        to->counts = (struct answer_counts){
            .live_blocks = from->live_blocks,
            .live_bytes = from->live_bytes,
            .rounding_bytes = from->block_bytes - from->live_bytes,
            .allocations = from->allocations,
            .frees = from->frees,
            .allocated_bytes = from->allocated_bytes,
            .temporary = from->temporary,
            .peak_used_bytes = stacks_at_peak(from, &metrics->sums),
            .share_bytes = shares[i],
            .share_mean =
                heap->time > 0 ? over_time[i] / (double)heap->time : 0};
        if (passed)
            keep_passed(a, to, &passed[i]);
        set_pin(&to->counts, &by_stack.groups[i]);
        add_counts(&a->sites[to->site].counts, &to->counts);
    }
    a->quality.pins_conserved &= whole_shares(by_site, shares);
    for (size_t i = 0; i < a->site_count; i++) {
        a->sites[i].counts.share_bytes = shares[i];
        set_pin(&a->sites[i].counts, &by_site->groups[i]);
    }
    pins_free(&by_stack);
    pool_give(&a->state->pool, passed);
    pool_give(&a->state->pool, itself);
    pool_give(&a->state->pool, shares);
    pool_give(&a->state->pool, over_time);
}

// Groups become sites in their order.
static void name_groups(struct lever *lever, const uint32_t *moved_to) {
    for (size_t i = 0; i < lever->count; i++)
        lever->groups[i] = moved_to[lever->groups[i]];
}

void sites_fill(struct answer *a) {
    struct answer_state *state = a->state;
    const struct stacks *stacks = &state->now->metrics.stacks;
    struct site_table table = {.pool = &state->pool};
    struct pins pins;

    state->site_of_stack =
        pool_get(&a->state->pool, stacks->count * sizeof *state->site_of_stack);
    for (size_t i = 0; i < stacks->count; i++) {
        const struct frame *frame =
            stack_naming_frame(state_names(state), &state->tables,
                               stacks->list[i].node, state->wrappers);
        struct site site = site_of_frame(frame);
        state_names_done(state);
        state->site_of_stack[i] = find_site(&table, &site);
    }
    pool_give(&a->state->pool, table.index);
    a->sites = table.sites;
    a->site_count = state->site_total = table.count;
    a->stack_count = stacks->count;
    a->stacks = pool_zeroed(&a->state->pool, a->stack_count, sizeof *a->stacks);
    fill_counts(a, &pins);

    // Sort the sites, and let everything that names one follow.
    uint32_t *moved_to =
        pool_get(&a->state->pool, a->site_count * sizeof *moved_to);
    for (size_t i = 0; i < a->site_count; i++)
        a->sites[i].first_stack = i; // remembers the old place
    qsort(a->sites, a->site_count, sizeof *a->sites, compare_sites);
    for (size_t i = 0; i < a->site_count; i++)
        moved_to[a->sites[i].first_stack] = (uint32_t)i;
    for (size_t i = 0; i < a->stack_count; i++) {
        state->site_of_stack[i] = moved_to[state->site_of_stack[i]];
        a->stacks[i].site = state->site_of_stack[i];
    }
    qsort(a->stacks, a->stack_count, sizeof *a->stacks, compare_stacks);
    for (size_t i = a->stack_count; i-- > 0;) {
        a->sites[a->stacks[i].site].first_stack = i;
        a->sites[a->stacks[i].site].stack_count++;
    }
    const struct lever *lever = &pins.span.lever;
    a->together =
        pool_get(&a->state->pool, (lever->count + 1) * sizeof *a->together);
    a->together_count = lever->count;
    for (size_t i = 0; i < lever->count; i++)
        a->together[i] = (struct answer_together){moved_to[lever->groups[i]],
                                                  lever->bytes[i]};
    state->alone =
        pool_zeroed(&a->state->pool, a->site_count + 1, sizeof *state->alone);
    for (size_t i = 0; i < a->site_count; i++)
        state->alone[moved_to[i]] = (struct alone){pins.groups[i].alone_held,
                                                   pins.groups[i].alone_unused};
    state->span_lever = pins.span;
    state->segment_lever = pins.segment;
    name_groups(&state->span_lever.lever, moved_to);
    name_groups(&state->segment_lever.lever, moved_to);
    pins_free(&pins);
    pool_give(&a->state->pool, moved_to);

    // Sites that never had a block are there only for stack 0.
    a->pins = pool_get(&a->state->pool, a->site_count * sizeof *a->pins);
    for (size_t i = 0; i < a->site_count; i++)
        if (a->sites[i].counts.share_bytes > 0)
            a->pins[a->pin_count++] = (uint32_t)i;
    if (a->pin_count > 0)
        qsort_r(a->pins, a->pin_count, sizeof *a->pins, compare_pins, a->sites);
    while (a->site_count > 0 &&
           a->sites[a->site_count - 1].counts.allocations == 0 &&
           a->sites[a->site_count - 1].counts.live_blocks == 0)
        a->site_count--;
    state->frames =
        pool_zeroed(&a->state->pool, a->stack_count, sizeof *state->frames);
    state->frame_count = a->stack_count;
    same_names_fill(a);
}
