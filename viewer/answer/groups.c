// groups.c - live blocks by whatever they have in common.
//
// All that a group keeps is found block by block, of those that the filter of
// the answer lets pass, so that share and alone are exact for any kind of
// group. What was allocated since the start is known of stacks, threads, tags
// and size classes, each of which counts it, and of all blocks alone.
#include "viewer/answer/groups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/group_keys.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/state.h"
#include "viewer/answer/table_columns.h"

struct group_walk {
    struct answer *answer;
    struct group_keys keys;
    double *share;  // by group
    uint32_t *here; // live blocks of the span at hand; zero between spans
    uint32_t *open; // groups that have some
    size_t open_count, capacity;
};

// As many as there are groups.
static void make_room(struct group_walk *walk) {
    struct pool *pool = &walk->answer->state->pool;
    size_t before = walk->capacity, count = walk->keys.count;
    if (count <= before)
        return;
    size_t after = before ? before * 2 : 64;
    while (after < count)
        after *= 2;
    walk->share = pool_resize(pool, walk->share, after, sizeof *walk->share);
    walk->here = pool_resize(pool, walk->here, after, sizeof *walk->here);
    walk->open = pool_resize(pool, walk->open, after, sizeof *walk->open);
    for (size_t i = before; i < after; i++) {
        walk->share[i] = 0;
        walk->here[i] = 0;
    }
    walk->capacity = after;
}

static void add_block(struct group_walk *walk, const struct span *span,
                      uint32_t block) {
    uint32_t group = group_keys_of_block(&walk->keys, span, block);
    uint64_t wanted = span_wanted(span, block);
    make_room(walk);
    struct group_row *row = &walk->keys.rows[group];
    row->live_blocks++;
    row->live_bytes += wanted;
    if (span->block_bytes > wanted)
        row->rounding_bytes += span->block_bytes - wanted;
    if (walk->here[group]++ == 0)
        walk->open[walk->open_count++] = group;
}

static void walk_span(struct span *span, void *context) {
    struct group_walk *walk = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&walk->answer->state->now->heap.spans, span);
    for (uint32_t i = 0; i < span->touched; i++)
        if (span_has(span, i) && live_block_passes(walk->answer, span, i))
            add_block(walk, span, i);
    uint64_t pinned = span_pinned(span);
    for (size_t i = 0; i < walk->open_count; i++) {
        uint32_t group = walk->open[i];
        struct group_row *row = &walk->keys.rows[group];
        walk->share[group] += (double)pinned * walk->here[group] / span->live;
        row->spans++;
        if (walk->here[group] == span->live)
            row->alone_bytes += pinned;
        walk->here[group] = 0;
    }
    walk->open_count = 0;
}

static int compare_rows(const void *left, const void *right) {
    const struct group_row *a = left, *b = right;
    if (a->live_bytes != b->live_bytes)
        return a->live_bytes > b->live_bytes ? -1 : 1;
    if (a->allocated_bytes != b->allocated_bytes)
        return a->allocated_bytes > b->allocated_bytes ? -1 : 1;
    return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

static void make(struct answer *a, struct rows *rows) {
    struct group_walk walk = {.answer = a};
    struct pool *pool = &a->state->pool;
    group_keys_start(&walk.keys, a, metric_rows(a)->group_by);
    make_room(&walk);
    spans_each(&a->state->now->heap.spans, walk_span, &walk);
    struct group_row *list = walk.keys.rows;
    for (size_t i = 0; i < walk.keys.count; i++) {
        list[i].share_bytes = (uint64_t)(walk.share[i] + 0.5);
        bool known = list[i].allocations > 0 && !a->filter;
        if (list[i].live_blocks > 0 || known)
            list[rows->count++] = list[i];
    }
    rows->list = list;
    if (rows->count > 0)
        qsort(list, rows->count, sizeof *list, compare_rows);
    group_keys_end(&walk.keys);
    pool_give(pool, walk.share);
    pool_give(pool, walk.here);
    pool_give(pool, walk.open);
}

MADE_ROWS(groups, group_row, make)

void groups_word(size_t i, char word[GROUP_WORD_BYTES]) {
    const char *at = GROUP_WORDS;
    for (; i > 0; i--)
        at += strcspn(at, "|") + 1;
    snprintf(word, GROUP_WORD_BYTES, "%.*s", (int)strcspn(at, "|"), at);
}

static void choose(struct answer *a, enum group_by by) {
    struct metric_rows *rows = metric_rows(a);
    if (rows->group_by == by)
        return;
    pool_give(&a->state->pool, rows->groups.list);
    rows->groups = (struct rows){.list = NULL};
    rows->group_by = by;
}

void groups_choose(struct answer *a, const char *word) {
    char other[GROUP_WORD_BYTES];
    enum group_by by = GROUP_SITE;
    for (size_t i = 0; word && i < GROUP_KINDS; i++) {
        groups_word(i, other);
        if (strcmp(other, word) == 0)
            by = (enum group_by)i;
    }
    choose(a, by);
}

const struct group_row *groups_of(struct answer *a, size_t i, size_t *count) {
    choose(a, (enum group_by)i);
    *count = groups_count(a);
    return metric_rows(a)->groups.list;
}

static bool knows_allocations(const void *row) {
    return ((const struct group_row *)row)->allocations > 0;
}

static void say_group(const void *row, enum table_reader reader, char *out,
                      size_t size) {
    const struct group_row *group = row;
    (void)reader;
    snprintf(out, size, "%s", group->name ? group->name : "(none)");
}

const struct data_table groups_table = {
    TABLE(groups, "live blocks by what they have in common (--by)"),
    .is_long = true,
    .columns =
        {
            COLUMN(group_row, name, .key = "name", .title = "group",
                   .kind = TABLE_TEXT, .help = "none: blocks without one"),
            COLUMN(group_row, live_bytes, .key = "live_bytes",
                   .title = "live data", .unit = TABLE_BYTES, REPORT(1, 10),
                   SCREEN(2, 9, "live"),
                   .help = "what its live blocks asked for"),
            COLUMN(group_row, live_blocks, .key = "live_blocks",
                   .title = "blocks", .unit = TABLE_COUNT, REPORT(2, 8),
                   SCREEN(3, 7, .rank = 2), .help = "live now"),
            COLUMN(group_row, rounding_bytes, .key = "rounding_bytes",
                   .title = "rounding", .unit = TABLE_BYTES, REPORT(3, 10),
                   SCREEN(4, 9, .rank = 5),
                   .help = "what these are larger than that, of a size class"),
            COLUMN(group_row, share_bytes, .key = "share_bytes",
                   .title = "share", .unit = TABLE_BYTES, REPORT(4, 10),
                   SCREEN(5, 9, .rank = 1),
                   .help = "free bytes of the spans its blocks live in, split "
                           "evenly among the live blocks there"),
            COLUMN(
                group_row, alone_bytes, .key = "alone_bytes", .title = "alone",
                .unit = TABLE_BYTES, REPORT(5, 10), SCREEN(6, 9, .rank = 3),
                .help = "free bytes of spans where no other group has a block"),
            COLUMN(group_row, spans, .key = "spans", .title = "spans",
                   .unit = TABLE_COUNT,
                   .help = "with live blocks of the group"),
            COLUMN(group_row, allocations, .key = "allocations",
                   .title = "allocations", .unit = TABLE_COUNT,
                   .optional = true, .scope = TABLE_OF_ALL,
                   .applies = knows_allocations,
                   SCREEN(7, 8, "allocs", .rank = 4),
                   .help = "since the start; none: not known of this kind"),
            COLUMN(group_row, frees, .key = "frees", .title = "frees",
                   .unit = TABLE_COUNT, .optional = true, .scope = TABLE_OF_ALL,
                   .help = "since the start; none: not known of this kind"),
            COLUMN(group_row, allocated_bytes, .key = "allocated_bytes",
                   .title = "allocated", .unit = TABLE_BYTES, .optional = true,
                   .scope = TABLE_OF_ALL,
                   .help = "since the start; none: not known of this kind"),
        },
    .shown = {{.key = "named",
               .title = "group",
               .kind = TABLE_SAID,
               .left = true,
               .say = say_group,
               REPORT(6, 44),
               SCREEN(1, 34)}}};
